"""Runs on this machine, with real processes: small scripts in place of the core scripts."""

from pathlib import Path
from threading import Timer

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.processes import LOG_LINES
from operation.execution.backends.local.runs import Runs
from operation.execution.files import read_json
from operation.execution.values import Run, Step, StepEvent

COPY = """
import pathlib, sys
result = pathlib.Path(sys.argv[2])
result.mkdir()
(result / "x").write_text("made")
print("one")
print("two")
"""
FAIL = f"for line in range({LOG_LINES + 10}): print('line', line)\nraise SystemExit(3)"
SLEEP = "import time\nprint('asleep', flush=True)\ntime.sleep(60)"


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, text in {"copy": COPY, "fail": FAIL, "sleep": SLEEP}.items():
        (scripts / f"{name}.py").write_text(text)
    return Runs(tmp_path / "runs", scripts)


def step(script: str, output: str = "result") -> Step:
    return Step(script, f"{script}.py", {"--word": ("a", "b")}, {}, {"--output": output})


def finish(runs: Runs, *steps: Step, run: Run | None = None) -> tuple[Run, list[StepEvent]]:
    events: list[StepEvent] = []
    return runs.wait(runs.start(steps, {}, run), events.append), events


def test_a_step_puts_out_into_the_folder_of_its_run(runs: Runs) -> None:
    run, _ = finish(runs, step("copy"))
    assert run.status == "completed"
    assert (run.folder / "result" / "x").read_text() == "made"


def test_the_listener_hears_the_start_and_the_last_line_of_each_step(runs: Runs) -> None:
    _, events = finish(runs, step("copy"))
    assert events == [StepEvent("copy", "started"), StepEvent("copy", "completed", "two")]


def test_a_failed_step_tells_its_last_lines_and_where_the_rest_is(runs: Runs) -> None:
    run, events = finish(runs, step("fail"), step("copy"))
    assert run.status == "failed"
    assert f"line {LOG_LINES + 9}" in run.failure
    assert "line 9\n" not in run.failure
    assert str(run.folder / "fail.log") in run.failure
    assert [event.step for event in events] == ["fail", "fail"]


def test_a_script_that_is_missing_is_a_failed_run(runs: Runs) -> None:
    run, _ = finish(runs, step("nowhere"))
    assert (run.status, "nowhere.py" in run.failure) == ("failed", True)


def test_a_cancelled_run_leaves_no_process(runs: Runs) -> None:
    started = runs.start([step("sleep"), step("copy")], {}, None)
    Timer(0.5, runs.cancel, [started]).start()
    ended = runs.wait(started, lambda event: None)
    assert ended.status == "cancelled"
    assert not (ended.folder / "result").exists()
    assert read_json(ended.folder / "run.json")["status"] == "cancelled"


def test_a_run_that_follows_another_begins_with_its_outputs_and_leaves_it_alone(runs: Runs) -> None:
    first, _ = finish(runs, step("copy", "one"))
    second, _ = finish(runs, step("copy", "two"), run=first)
    assert sorted(path.name for path in second.folder.iterdir() if path.is_dir()) == ["one", "two"]
    assert not (first.folder / "two").exists()
    assert runs.find(first.id) == first


def test_the_latest_completed_run_is_found(runs: Runs) -> None:
    assert runs.find(None) is None
    completed, _ = finish(runs, step("copy"))
    finish(runs, step("fail"))
    assert runs.find(None) == completed


def test_an_unknown_run_is_none(runs: Runs) -> None:
    assert runs.find("20130101-000000-abcd") is None


def test_steps_are_remembered(runs: Runs) -> None:
    run, _ = finish(runs, step("copy"))
    assert runs.steps(run) == [step("copy")]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationError, match=r"Cannot write runs to .*file.*backend\.outputs"):
        Runs(tmp_path / "file" / "runs").start([], {}, None)
