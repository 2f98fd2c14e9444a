"""What is read of deployments, and by their hooks: each hook is a job of its own.

Sources: Microsoft's "Deployment jobs" (support for output variables); MicrosoftDocs/azure-devops-docs issue 7294.
"""

import pytest
from azure_pipelines_local.rules.macros import undefined_variables
from azure_pipelines_local.rules.runtime_expressions import bad_outputs_read
from rules.small import findings

DEPLOYMENT = """
jobs:
- deployment: dep
  environment: ENVIRONMENT
  strategy: {runOnce: {deploy: {steps: [{bash: a, name: set}]}}}
- job: after
  dependsOn: dep
  variables: {got: "$[ dependencies.dep.outputs['OUTPUT'] ]"}
  steps: [{bash: a}]
"""


@pytest.mark.parametrize(
    ("environment", "output", "said"),
    [
        ("dev", "dep.set.x", ""),
        ("dev", "deploy.set.x", "outputs of the job 'dep' do not begin with 'deploy'; did you mean 'dep'?"),
        ("dev", "set.x", "'set.x' is not an output of the job 'dep'; outputs['dep.STEP.VARIABLE'] is expected."),
        ("dev", "dep.other.x", "the job 'dep' has no step with the name 'other'; known: set."),
        ("dev", "dep", "'dep' is not an output of the job 'dep'; outputs['dep.STEP.VARIABLE'] is expected."),
        ("{name: dev, resourceName: vm1}", "Deploy_vm1.set.x", ""),
        ("{name: dev, resourceName: vm1}", "dep.set.x", "do not begin with 'dep'; did you mean 'Deploy_vm1'?"),
    ],
)
def test_outputs_begin_with_the_job_or_its_resource(environment: str, output: str, said: str) -> None:
    found = findings(bad_outputs_read, DEPLOYMENT.replace("ENVIRONMENT", environment).replace("OUTPUT", output))
    assert bool(found) == bool(said)
    assert not found or said in found[0]


def test_a_hook_knows_nothing_of_the_one_before() -> None:
    text = """
jobs:
- deployment: dep
  environment: dev
  strategy:
    runOnce:
      preDeploy:
        steps:
        - {name: pre, bash: 'echo "##vso[task.setvariable variable=plainvar]L" && echo $(plainvar)'}
        - {bash: 'echo $(plainvar) $(pre.outvar)'}
      deploy:
        steps: [{bash: 'echo $(plainvar) $(pre.outvar)'}]
"""
    found = findings(undefined_variables, text)
    assert [each.split(" is not")[0].split(": ")[-1] for each in found] == [
        "$(plainvar)",
        "$(plainvar)",
        "$(pre.outvar)",
    ]


def test_a_matrix_that_a_job_computes_may_bring_any_variable() -> None:
    text = """
jobs:
- job: gen
  steps: [{bash: a, name: m}]
- job: test
  dependsOn: gen
  strategy: {matrix: "$[ dependencies.gen.outputs['m.legs'] ]"}
  steps: [{bash: echo $(x)}]
- job: after
  dependsOn: other
  strategy: {matrix: "$[ dependencies.gen.outputs['m.legs'] ]"}
  steps: [{bash: a}]
- job: other
  steps: [{bash: a}]
"""
    assert findings(undefined_variables, text) == []
    [said] = findings(bad_outputs_read, text)
    assert "the job 'after' does not depend on 'gen'" in said


@pytest.mark.parametrize("name", ["dependencies.a.result", "stageDependencies.s.a.result", "pipeline.startTime"])
def test_a_step_reads_variables_alone(name: str) -> None:
    text = f"jobs:\n- job: b\n  steps:\n  - bash: a\n    condition: eq({name}, 'Succeeded')\n"
    [said] = findings(bad_outputs_read, text)
    assert said.startswith(f"ci.yml:5:16: the condition of a step cannot read {name.split('.')[0].lower()}, ")


def test_a_strategy_has_variables_of_its_own() -> None:
    steps = "[{bash: 'echo $(strategy.name) $(strategy.action) $(strategy.increment) $(strategy.incremnt)'}]"
    text = f"jobs:\n- deployment: d\n  environment: e\n  strategy: {{canary: {{deploy: {{steps: {steps}}}}}}}\n"
    (finding,) = findings(undefined_variables, text)
    assert "$(strategy.incremnt) is not" in finding
