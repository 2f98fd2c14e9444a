"""Jobs and stages: their order, their conditions, what they see of one another, copies and hooks."""

from pathlib import Path

import pytest

from operation.ado.running.run import run_and_say
from operation.tests.ado.running.conftest import Execute

OUTPUT = "{bash: 'echo \"##vso[task.setvariable variable=x;isOutput=true]42\"', name: set}"
TWO_STAGES = f"""
stages:
- stage: first
  jobs:
  - job: a
    steps: [{{checkout: none}}, {OUTPUT}]
- stage: second
  condition: CONDITION
  jobs:
  - job: b
    variables:
      got: $[ stageDependencies.first.a.outputs['set.x'] ]
    steps: [{{checkout: none}}, {{script: echo got $(got)}}]
"""


def test_each_job_has_a_fresh_clone_of_what_is_committed(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  steps: [{script: echo changed > file.txt}]
- job: b
  dependsOn: a
  steps: [{script: cat file.txt}]
""",
        {"file.txt": "committed"},
    )
    assert "\ncommitted" in ran.log("__default.b", 2)
    assert not (ran.folder / "work" / "__default.b").exists()


def test_what_is_not_committed_is_not_in_it_and_that_is_said(
    execute: Execute, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Not in it" not in execute("steps: [{script: 'true'}]").shown
    (repository / "pipeline.yml").write_text("steps: [{script: 'false'}]", encoding="utf-8")
    run_and_say(repository, "pipeline.yml")
    assert "Not in it: 1 files of the work tree" in capsys.readouterr().out


def test_jobs_run_after_what_they_depend_on_whatever_their_order_in_the_file(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: b
  dependsOn: a
  variables: {got: "$[ dependencies.a.outputs['set.x'] ]"}
  steps: [{checkout: none}, {script: echo got $(got)}]
- job: a
  steps: [{checkout: none}, OUTPUT]
""".replace("OUTPUT", OUTPUT)
    )
    assert "\ngot 42\n" in ran.log("__default.b", 2)


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        ("and(succeeded(), eq(dependencies.first.outputs['a.set.x'], '42'))", "Succeeded"),
        ("eq(dependencies.first.outputs['a.set.x'], '43')", "Skipped"),
        ("failed()", "Skipped"),
        ("eq(dependencies.first.result, 'Succeeded')", "Succeeded"),
    ],
)
def test_a_stage_runs_if_its_condition_holds_of_the_one_before(condition: str, result: str, execute: Execute) -> None:
    ran = execute(TWO_STAGES.replace("CONDITION", condition))
    assert ran.result("b" if result == "Succeeded" else "second") == result
    if result == "Succeeded":
        assert "\ngot 42\n" in ran.log("second.b", 2)


def test_what_depends_on_a_failed_job_is_skipped_unless_its_condition_says_otherwise(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- {job: bad, steps: [{checkout: none}, {script: exit 1}]}
- {job: after, dependsOn: bad, steps: [{checkout: none}]}
- {job: mender, dependsOn: bad, condition: failed(), steps: [{checkout: none}]}
- {job: last, dependsOn: after, condition: always(), steps: [{checkout: none}]}
"""
    )
    assert [ran.result(job) for job in ("bad", "after", "mender", "last")] == [
        "Failed",
        "Skipped",
        "Succeeded",
        "Succeeded",
    ]
    assert ran.failure


def test_a_job_whose_failure_is_permitted_does_not_fail_the_run(execute: Execute) -> None:
    ran = execute("jobs: [{job: bad, continueOnError: true, steps: [{checkout: none}, {script: exit 1}]}]")
    assert ran.failure == ""
    assert ran.result("bad") == "SucceededWithIssues"


def test_each_leg_of_a_matrix_is_a_job_with_its_variables(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {matrix: {one: {n: 1}, two: {n: 2}}}
  steps: [{checkout: none}, {script: echo n is $(n)}]
"""
    )
    assert "\nn is 1\n" in ran.log("__default.a.one", 2)
    assert "\nn is 2\n" in ran.log("__default.a.two", 2)


def test_a_job_can_run_in_several_copies(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {parallel: 2}
  steps: [{checkout: none}, {script: echo $(System.JobPositionInPhase) of $(System.TotalJobsInPhase)}]
"""
    )
    assert "\n2 of 2\n" in ran.log("__default.a.2", 2)


DEPLOYMENT = """
jobs:
- deployment: d
  environment: mlops-dev
  strategy:
    runOnce:
      preDeploy: {steps: [{script: echo before}]}
      deploy: {steps: [{script: CODE}]}
      on:
        failure: {steps: [{script: echo back}]}
        success: {steps: [{script: echo well}]}
"""


@pytest.mark.parametrize(("code", "hook"), [("exit 1", "failure"), ("exit 0", "success")])
def test_a_deployment_runs_its_hooks_and_then_the_one_of_its_outcome(code: str, hook: str, execute: Execute) -> None:
    ran = execute(DEPLOYMENT.replace("CODE", code))
    assert [folder.name for folder in sorted((ran.folder / "logs").iterdir())] == sorted(
        ["__default.d.preDeploy", "__default.d.deploy", f"__default.d.on.{hook}"]
    )
    assert "environment mlops-dev: its approvals and checks are not shown here" in ran.shown
    assert bool(ran.failure) is (hook == "failure")


def test_variables_of_a_group_are_said_not_to_be_here(execute: Execute) -> None:
    ran = execute("variables: [{group: secrets-of-dev}]\nsteps: [{checkout: none}]")
    assert "variable groups, whose variables are not on this machine: secrets-of-dev" in ran.shown
