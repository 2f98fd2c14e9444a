"""What is chosen to run, and what is refused before anything starts."""

import pytest
from running.conftest import Execute

TWO_STAGES = """
stages:
- {stage: first, jobs: [{job: a, steps: [{checkout: none}]}]}
- {stage: second, jobs: [{job: b, steps: [{checkout: none}]}]}
"""


def test_only_the_chosen_stage_and_job_run(execute: Execute) -> None:
    ran = execute(TWO_STAGES, stages=["Second"])
    assert "Stage first" not in ran.shown
    assert ran.result("b") == "Succeeded"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"stages": ["third"]}, "There is no stage 'third'. There are: first, second."),
        ({"jobs": ["c"]}, "There is no job 'c'. There are: a, b."),
    ],
    ids=["stage", "job"],
)
def test_a_chosen_name_that_is_not_there_is_refused(
    chosen: dict[str, list[str]], message: str, execute: Execute
) -> None:
    assert execute(TWO_STAGES, **chosen).failure.startswith(f"{message} (read from commit ")


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (
            "{job: a, steps: [{task: Docker@2}]}",
            "pipeline.yml:1:32: this machine cannot run Docker@2; it can run: AzureCLI@2, ",
        ),
        (
            "{job: a, steps: [{task: UsePythonVersion@0, inputs: {architecture: x86}}]}",
            "pipeline.yml:1:75: UsePythonVersion@0: architecture: 'x86' does not work on this machine; only x64 does.",
        ),
        (
            "{job: a, container: x, steps: [{checkout: none}]}",
            "pipeline.yml:1:28: containers do not run on this",
        ),
        (
            "{job: a, steps: [{checkout: other}]}",
            "pipeline.yml:1:36: checkout: 'other' does not work on this machine; only self or none does.",
        ),
        (
            "{job: a, steps: [{checkout: self, submodules: true}]}",
            "pipeline.yml:1:54: checkout: submodules: 'true' does not work on this machine; only false does.",
        ),
        (
            "{job: a, steps: [{task: AzureCLI@2, inputs: {scriptType: pscore}}]}",
            "pipeline.yml:1:65: AzureCLI@2: scriptType: 'pscore' does not work on this machine; only bash does.",
        ),
        (
            "{job: a, variables: {x: '$[ add(1) ]'}, steps: [{checkout: none}]}",
            "pipeline.yml:1:32: unrecognized function 'add'; did you mean 'and'?",
        ),
        (
            "{job: a, cancelTimeoutInMinutes: 0, steps: [{checkout: none}]}",
            "pipeline.yml:1:8: `cancelTimeoutInMinutes` must be 1 or more, not 0.",
        ),
        (
            "{deployment: a, environment: e, strategy: {canary: {increments: [1], deploy: {steps: [{script: x}]}}}}",
            "pipeline.yml:1:8: the strategy 'canary' does not run on this machine; runOnce does.",
        ),
    ],
    ids=["task", "architecture", "container", "repository", "submodules", "shell", "expression", "number", "strategy"],
)
def test_what_cannot_run_here_is_refused_before_anything_starts(job: str, message: str, execute: Execute) -> None:
    ran = execute(f"jobs: [{job}]")
    assert ran.failure.startswith(message)
    assert not ran.folder.exists()


CHOICES = """
stages:
- {stage: first, jobs: [{job: a, steps: [{checkout: none}]}, {job: a2, steps: [{checkout: none}]}]}
- stage: second
  jobs:
  - {job: b, condition: "eq(stageDependencies.first.a.result, 'Succeeded')", steps: [{checkout: none}]}
  - {job: b2, dependsOn: b, steps: [{checkout: none}]}
- {stage: third, condition: succeeded('first'), jobs: [{job: c, steps: [{checkout: none}]}]}
"""


@pytest.mark.parametrize(
    ("chosen", "ran"),
    [
        ({"jobs": ["b"]}, ["b"]),
        ({"jobs": ["A2", "b2"]}, ["a2", "b2"]),
        ({"stages": ["second"]}, ["b", "b2"]),
        ({"stages": ["third"]}, ["c"]),
    ],
    ids=["job-of-a-later-stage", "jobs-of-two-stages", "stage", "stage-that-asks-for-another"],
)
def test_what_is_not_chosen_has_succeeded(chosen: dict[str, list[str]], ran: list[str], execute: Execute) -> None:
    found = execute(CHOICES, **chosen)
    assert found.failure == ""
    assert [job for job in ("a", "a2", "b", "b2", "c") if f"Job {job}\n" in found.shown] == ran
    assert [found.result(job) for job in ran] == ["Succeeded"] * len(ran)


def test_a_choice_of_which_nothing_runs_is_a_failure(execute: Execute) -> None:
    ran = execute("jobs: [{job: a, condition: failed(), steps: [{checkout: none}]}]", jobs=["a"])
    assert ran.failure == "Nothing of what was chosen has run: its conditions do not hold; see above."


def test_a_name_in_several_stages_is_listed_once(execute: Execute) -> None:
    same = TWO_STAGES.replace("job: b", "job: a")
    assert execute(same, jobs=["c"]).failure.startswith("There is no job 'c'. There are: a. (")
