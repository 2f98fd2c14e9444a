"""What is chosen to run, and what is refused before anything starts."""

import pytest

from operation.tests.ado.running.conftest import Execute

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
    assert execute(TWO_STAGES, **chosen).failure == message


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (
            "{job: a, steps: [{task: Docker@2}]}",
            "pipeline.yml:1:32: there is no stand-in for Docker@2 here; kn",
        ),
        (
            "{job: a, container: x, steps: [{checkout: none}]}",
            "pipeline.yml:1:28: containers do not run on this",
        ),
        (
            "{deployment: a, environment: e, strategy: {canary: {increments: [1], deploy: {steps: [{script: x}]}}}}",
            "pipeline.yml:1:8: the strategy 'canary' does not run on this machine; runOnce does.",
        ),
    ],
    ids=["task", "container", "strategy"],
)
def test_what_cannot_run_here_is_refused_before_anything_starts(job: str, message: str, execute: Execute) -> None:
    ran = execute(f"jobs: [{job}]")
    assert ran.failure.startswith(message)
    assert not (ran.folder / "logs").exists()


def test_a_condition_that_names_no_dependency_fails_with_its_place(execute: Execute) -> None:
    ran = execute("jobs: [{job: a, condition: succeeded('b'), steps: [{checkout: none}]}]")
    assert ran.failure.startswith("pipeline.yml:1:28: 'b' is no dependency")
