"""How steps and jobs end: what they leave behind, errors of the system, and their time."""

import textwrap
from pathlib import Path

import pytest
from azure_pipelines_local.running.plan import late_values
from azure_pipelines_local.running.work import run_jobs
from helpers.processes import are_gone
from running.conftest import Execute, steps, task

LONG_KEY = task("Cache@2", f"key: {'x' * 300}", "path: $(Pipeline.Workspace)/kept")


@pytest.mark.parametrize("start", ["sleep 300", "setsid sleep 300", "setsid bash -c 'sleep 300'"])
def test_what_a_step_leaves_running_ends_with_its_job(start: str, execute: Execute, tmp_path: Path) -> None:
    leave = f'script: "{start} > /dev/null 2>&1 & echo $! > {tmp_path}/pid"'
    ran = execute(steps(leave, f"script: kill -0 $(cat {tmp_path}/pid)"))
    assert ran.failure == ""
    assert are_gone(int((tmp_path / "pid").read_text()))


BLOCK = "mv ../_temp ../other; ln -s other ../_temp"  # rmtree removes no link


def test_the_removal_of_a_folder_waits_for_a_process_that_still_uses_it(
    execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_jobs, "REMOVAL_SECONDS", 30.0)
    unmarked = "env --unset=VSTS_PROCESS_LOOKUP_ID setsid"  # else the job's end would kill it
    later = f"{unmarked} bash -c 'touch ../own; sleep 0.5; rm ../_temp; mv ../other ../_temp' > /dev/null 2>&1 &"
    in_a_group_of_its_own = "until test -e ../own; do sleep 0.01; done"
    ran = execute(steps(f'script: "{BLOCK}; {later} {in_a_group_of_its_own}"'))
    assert ran.failure == ""
    assert "Not removed" not in ran.shown
    assert list((ran.folder / "work").iterdir()) == []


def test_a_folder_that_cannot_be_removed_is_reported(execute: Execute, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_jobs, "REMOVAL_SECONDS", 0.1)
    ran = execute(steps(f"script: {BLOCK}"))
    assert ran.failure == ""
    assert "Not removed, remove it by hand: " in ran.shown


def test_a_folder_that_a_step_removed_is_accepted(execute: Execute) -> None:
    ran = execute(steps("script: rm -r $(Agent.TempDirectory)"))
    assert ran.failure == ""


@pytest.mark.parametrize(
    ("before", "step", "message"),
    [
        (
            "python3 -c \"print('##vso[task.setvariable variable=v]' + 'x' * 200000)\"",
            "script: 'true'",
            "the largest, V, has 200000",
        ),
        ("rm -r $(Agent.TempDirectory)", "script: 'true'", "No such file"),
        ("true", LONG_KEY, "File name too long"),
    ],
    ids=["variable", "temporary", "long-name"],
)
def test_what_the_machine_refuses_fails_the_step_in_one_line_and_the_job_goes_on(
    before: str, step: str, message: str, execute: Execute
) -> None:
    last = "{checkout: none, condition: always()}"
    ran = execute(
        f"jobs:\n- job: a\n  steps:\n  - checkout: none\n  - bash: |\n      {before}\n  - {step}\n  - {last}\n"
    )
    assert message in ran.shown
    assert ran.result("a") == "Failed"
    assert ran.shown.count("Checkout") == 2


def test_a_failure_at_the_end_of_a_job_fails_it(execute: Execute) -> None:
    cache = task("Cache@2", "key: it", "path: $(Pipeline.Workspace)/kept")
    ran = execute(steps(cache, "script: mkdir ../kept && touch ../../../../cache"))  # where caches are kept, a file
    assert "/kept cannot be kept: [Errno 17] File exists: " in ran.shown
    assert ran.result("Job") == "Failed"


@pytest.fixture
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute of a pipeline be half a second."""
    monkeypatch.setattr(late_values, "MINUTE", 0.5)


def test_a_step_that_takes_too_long_fails(short_minutes: None, execute: Execute) -> None:
    ran = execute(steps("{script: sleep 60, timeoutInMinutes: 1}", "{script: echo after, condition: failed()}"))
    assert "The task has timed out." in ran.shown
    assert ran.result("Job") == "Failed"
    assert "\nafter\n" in ran.log("__default.Job", 3)


def test_a_job_that_takes_too_long_is_cancelled_and_may_still_clean_up(short_minutes: None, execute: Execute) -> None:
    lines = steps("script: sleep 60", "script: echo not this", "{script: echo but this, condition: always()}")
    ran = execute("jobs:\n- job: Job\n  timeoutInMinutes: 1\n" + textwrap.indent(lines, "  "))
    assert ran.result("Job") == "Canceled"
    assert "not this\n" not in ran.log("__default.Job", 3)
    assert "\nbut this\n" in ran.log("__default.Job", 4)


def test_a_cancelled_job_has_its_time_for_cancelling_once(short_minutes: None, execute: Execute) -> None:
    slow = "{script: sleep 60, condition: always()}"
    lines = steps("script: sleep 60", slow, "{script: echo not this, condition: always()}")
    times = "  timeoutInMinutes: 1\n  cancelTimeoutInMinutes: 1\n"
    ran = execute(f"jobs:\n- job: Job\n{times}" + textwrap.indent(lines, "  "))
    assert "The time for cancelling, cancelTimeoutInMinutes, is over: no further step runs." in ran.shown
    assert not (ran.folder / "logs" / "__default.Job" / "04.txt").exists()
    assert ran.result("Job") == "Canceled"


BY_HAND = """
stages:
- stage: a
  jobs: [{job: x, steps: [{checkout: none}, {script: echo}]}]
- stage: b
  trigger: manual
  jobs: [{job: x, steps: [{checkout: none}, {script: echo}]}]
- stage: c
  jobs: [{job: x, steps: [{checkout: none}, {script: echo}]}]
"""


def test_a_stage_that_starts_by_hand_runs_only_if_it_is_named(execute: Execute) -> None:
    ran = execute(BY_HAND)
    assert [ran.result(stage) for stage in "abc"] == ["x", "Skipped", "Skipped"]
    ran = execute(BY_HAND, stages=["b"])
    assert ran.result("x") == "Succeeded"
    assert (ran.folder / "logs" / "b.x").is_dir()
