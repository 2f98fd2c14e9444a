"""What pipelines, stages and jobs declare: variables, groups, and expressions at run time."""

import pytest
from running.conftest import Execute
from running.work.test_run_jobs import TWO_STAGES


def test_a_variable_group_is_reported_as_missing(execute: Execute) -> None:
    ran = execute("variables: [{group: secrets-of-dev}]\nsteps: [{checkout: none}]")
    assert "variable groups, whose variables are not on this machine: secrets-of-dev" in ran.shown


def test_a_variable_group_of_a_job_is_reported_too(execute: Execute) -> None:
    ran = execute("jobs: [{job: a, variables: [{group: secrets-of-a}], steps: [{checkout: none}]}]")
    assert "variable groups, whose variables are not on this machine: secrets-of-a" in ran.shown


def test_the_variables_of_a_stage_see_the_outputs_of_others(execute: Execute) -> None:
    value = "$[ stageDependencies.first.a.outputs['set.x'] ]"
    pipeline = TWO_STAGES.replace("condition: CONDITION", f'variables: {{got: "{value}"}}')
    ran = execute(pipeline.replace(f"    variables:\n      got: {value}\n", ""))
    assert "\ngot 42\n" in ran.log("second.b", 2)


def test_a_secret_output_is_a_secret_in_the_job_that_reads_it(execute: Execute) -> None:
    set_it = "{bash: 'echo \"##vso[task.setvariable variable=x;isOutput=true;isSecret=true]sesame\"', name: s}"
    ran = execute(
        f"""
jobs:
- {{job: a, steps: [{{checkout: none}}, {set_it}]}}
- job: b
  dependsOn: a
  variables:
    got: $[ dependencies.a.outputs['s.x'] ]
    url: https://$(got)@host
  steps: [{{checkout: none}}, {{bash: 'echo $(got) ${{GOT:-hidden}} ${{URL:-hidden, too}}'}}]
"""
    )
    assert ran.log("__default.b", 2).endswith("\n*** hidden hidden, too\n")


@pytest.mark.parametrize(
    "wrong",
    [
        "{stage: second, variables: {x: \"$[ lt(1, 'x') ]\"}, jobs: [{job: b, steps: [{checkout: none}]}]}",
        "{stage: second, condition: \"lt(1, 'x')\", jobs: [{job: b, steps: [{checkout: none}]}]}",
        "{stage: second, jobs: [{job: b, variables: {x: \"$[ lt(1, 'x') ]\"}, steps: [{checkout: none}]}]}",
        "{stage: second, jobs: [{job: b, condition: \"lt(1, 'x')\", steps: [{checkout: none}]}]}",
    ],
    ids=["variable-of-a-stage", "condition-of-a-stage", "variable-of-a-job", "condition-of-a-job"],
)
def test_an_expression_that_cannot_be_evaluated_fails_its_part_and_the_run_goes_on(
    wrong: str, execute: Execute
) -> None:
    last = "{stage: third, condition: always(), jobs: [{job: c, steps: [{checkout: none}]}]}"
    ran = execute(f"stages:\n- {wrong}\n- {last}\n")
    assert "cannot be converted to Number" in ran.shown
    assert ran.result("c") == "Succeeded"
    assert ran.failure == "The run of pipeline.yml has failed; see above."


def test_a_job_whose_condition_has_no_value_has_neither_failed_nor_succeeded(execute: Execute) -> None:
    """E02-status of PGielniak/azdo-pipeline-emulator: its result is `abandoned`."""
    ran = execute(
        """
jobs:
- {job: a, condition: "gt(1, 'x')", steps: [{checkout: none}]}
- {job: failed, dependsOn: a, condition: failed(), steps: [{checkout: none}]}
- {job: succeeded, dependsOn: a, steps: [{checkout: none}]}
- {job: always, dependsOn: a, condition: always(), steps: [{checkout: none}]}
"""
    )
    assert [ran.result(job) for job in ("a", "failed", "succeeded", "always")] == [
        *("Abandoned", "Skipped", "Skipped", "Succeeded")
    ]
    assert ran.failure == "The run of pipeline.yml has failed; see above."
