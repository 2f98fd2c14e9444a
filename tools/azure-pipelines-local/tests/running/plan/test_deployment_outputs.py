"""Outputs of deployments, and what their hooks know of one another.

Sources: Microsoft's "Deployment jobs" (support for output variables); MicrosoftDocs/azure-devops-docs issue 7294.
"""

import pytest
from running.conftest import Execute

SET = 'echo "##vso[task.setvariable variable=plain]L"; echo "##vso[task.setvariable variable=out;isOutput=true]O"'
DEPLOYMENT = f"""
jobs:
- deployment: dep
  environment: ENVIRONMENT
  strategy:
    runOnce:
      deploy:
        steps: [{{download: none}}, {{name: set, bash: '{SET}'}}]
- job: after
  dependsOn: dep
  variables:
    own: $[ dependencies.dep.outputs['dep.set.out'] ]
    hook: $[ dependencies.dep.outputs['deploy.set.out'] ]
    resource: $[ dependencies.dep.outputs['Deploy_vm1.set.out'] ]
  steps: [{{checkout: none}}, {{bash: 'echo own=$(own) hook=$(hook) resource=$(resource).'}}]
"""


def test_outputs_of_a_deployment_begin_with_its_name_alone(execute: Execute) -> None:
    ran = execute(DEPLOYMENT.replace("ENVIRONMENT", "dev"))
    assert "\nown=O hook= resource=.\n" in ran.log("__default.after", 2)


@pytest.mark.parametrize("environment", ["{name: dev, resourceName: vm1}", "dev.vm1"])
def test_outputs_of_a_deployment_to_a_resource_begin_with_that(environment: str, execute: Execute) -> None:
    ran = execute(DEPLOYMENT.replace("ENVIRONMENT", environment))
    assert "\nown= hook= resource=O.\n" in ran.log("__default.after", 2)


def test_what_one_hook_sets_is_unknown_to_the_next(execute: Execute) -> None:
    ran = execute(
        f"""
jobs:
- deployment: dep
  environment: dev
  strategy:
    runOnce:
      preDeploy:
        steps: [{{download: none}}, {{name: pre, bash: '{SET}'}}]
      deploy:
        steps: [{{download: none}}, {{bash: 'echo $(plain) $(pre.out)'}}]
"""
    )
    assert not ran.folder.exists()
    assert "$(plain) is not defined" in ran.failure
    assert "$(pre.out) is not defined" in ran.failure


def test_a_step_that_reads_other_jobs_is_refused_before_anything_starts(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  steps: [{checkout: none}]
- job: b
  dependsOn: a
  steps:
  - checkout: none
  - bash: 'true'
    condition: and(succeeded(), in(dependencies.a.result, 'Succeeded'))
"""
    )
    assert not ran.folder.exists()
    assert "pipeline.yml:10:16: the condition of a step cannot read dependencies" in ran.failure
