"""Jobs and stages: their order, their conditions, what they see of one another."""

from pathlib import Path

import pytest
from azure_pipelines_local.running.work.run_pipeline import run_and_say
from helpers.projects import project_at
from running.conftest import Execute

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


def test_uncommitted_changes_are_left_out_and_reported(
    execute: Execute, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Not in it" not in execute("steps: [{script: 'true'}]").shown
    (repository / "pipeline.yml").write_text("steps: [{script: 'false'}]", encoding="utf-8")
    run_and_say(project_at(repository), "pipeline.yml")
    assert "Not in it: 1 file of the work tree" in capsys.readouterr().out


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


@pytest.mark.parametrize(
    "key",
    ["timeoutInMinutes: $(n)", "cancelTimeoutInMinutes: $(n)", "strategy: {parallel: $(n)}"],
    ids=["time", "time-for-cancelling", "legs"],
)
def test_an_invalid_number_fails_its_job_and_the_run_goes_on(key: str, execute: Execute) -> None:
    ran = execute(
        f"""
variables: {{n: two}}
jobs:
- {{job: a, {key}, steps: [{{checkout: none}}]}}
- {{job: b, condition: always(), dependsOn: a, steps: [{{checkout: none}}]}}
"""
    )
    assert ", not 'two'." in ran.shown
    assert (ran.result("a"), ran.result("b")) == ("Failed", "Succeeded")
