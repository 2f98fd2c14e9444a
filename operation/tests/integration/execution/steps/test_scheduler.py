"""Steps at work, with real processes: several at once, in the order of their inputs, none done twice."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.steps.cache import Cache
from operation.execution.steps.processes import Processes
from operation.execution.steps.recipe import hash_folder, recipe_of
from operation.execution.steps.scheduler import LOG_LINES, Execution, Machine, Work
from operation.execution.values import Run, Step, StepEvent

# Writes when it worked, and on what; waits for the file of that name if it is told to.
WORK = """
import pathlib, sys, time
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
time.sleep(float(given.get("--seconds", 0)))
if "--fail" in given:
    for line in range(int(given["--fail"])):
        print("line", line)
    raise SystemExit(3)
output = pathlib.Path(given["--output"])
output.mkdir()
read = [(pathlib.Path(given[each]) / "text").read_text() for each in ("--data", "--model") if each in given]
(output / "text").write_text(f"{given['--say']}({' '.join(read)})")
print("one")
print(given["--say"])
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "src").mkdir(parents=True)
    (tmp_path / "root" / "src" / "work.py").write_text(WORK)
    (tmp_path / "root" / "requirements.lock").touch()
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "text").write_text("rows")
    return tmp_path / "root"


def step(name: str, reads: dict[str, str], **arguments: str) -> Step:
    words = {f"--{option}": (value,) for option, value in {"say": name, **arguments}.items()}
    return Step(name, "src/work.py", words, reads, {"--output": f"{name}-output"})


PREPARE = step("prepare", {"--data": "raw"})
TRAIN = step("train", {"--data": "prepare-output"})
EVALUATE = step("evaluate", {"--data": "prepare-output", "--model": "train-output"})
VALIDATE = step("validate", {"--data": "raw"})


class Bench:
    """Starts runs in one place, which share a cache."""

    def __init__(self, root: Path, threads: int = 1) -> None:
        self.root, self.folder = root, root.parent
        self.said: list[str] = []
        self.machine = Machine(root, Cache(self.folder / "cache", self.said.append), threads)
        self.runs: Iterator[int] = iter(range(100))

    def start(self, *steps: Step, reuse: bool = True, lasting: Processes | None = None) -> Execution:
        run = Run(f"run-{next(self.runs)}", "running", self.folder)
        run = replace(run, folder=self.folder / run.id)
        run.folder.mkdir()
        places = {name: run.folder / name for each in steps for name in (*each.inputs.values(), *each.outputs.values())}
        places["raw"] = self.folder / "raw"
        recipes = {each.name: recipe_of(each, {"raw": hash_folder(places["raw"])}, self.root) for each in steps}
        work = Work(steps, recipes, places, reuse)
        return Execution(run, work, self.machine, lambda ended: None, lambda: None, lasting)

    def finish(self, *steps: Step, reuse: bool = True, lasting: Processes | None = None) -> tuple[Run, list[StepEvent]]:
        return finish(self.start(*steps, reuse=reuse, lasting=lasting))


@pytest.fixture
def bench(root: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(Machine, "at_once", 2)  # whatever this machine has
    return Bench(root)


def hear(execution: Execution, state: str) -> list[StepEvent]:
    """Wait until a step is in the state; gives all events up to that one."""
    events: list[StepEvent] = []
    while not events or events[-1].state != state:
        event = execution.events.get(timeout=60)
        assert isinstance(event, StepEvent)
        events.append(event)
    return events


def finish(execution: Execution) -> tuple[Run, list[StepEvent]]:
    events: list[StepEvent] = []
    while not isinstance(event := execution.events.get(timeout=60), Run):
        assert not isinstance(event, Exception)
        events.append(event)
    return event, events


def ended(events: list[StepEvent]) -> dict[str, str]:
    return {event.step: event.state for event in events if event.state != "started"}


def test_a_step_starts_when_its_inputs_are_there(bench: Bench) -> None:
    run, _ = bench.finish(EVALUATE, TRAIN, PREPARE)
    assert run.status == "completed"
    assert (run.folder / "evaluate-output" / "text").read_text() == "evaluate(prepare(rows) train(prepare(rows)))"


def test_independent_steps_work_at_the_same_time(bench: Bench) -> None:
    _, events = bench.finish(PREPARE, VALIDATE)
    assert [event.state for event in events] == ["started", "started", "completed", "completed"]


def test_no_more_steps_work_at_once_than_there_is_room_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "at_once", 1)
    _, events = Bench(root).finish(PREPARE, VALIDATE)
    assert [(event.step, event.state) for event in events] == [
        ("prepare", "started"), ("prepare", "completed"), ("validate", "started"), ("validate", "completed")
    ]  # fmt: skip


def test_more_threads_a_step_are_fewer_steps_at_once(root: Path) -> None:
    cores = Machine(root, Bench(root).machine.cache, threads=1).at_once
    assert Machine(root, Bench(root).machine.cache, threads=cores).at_once == 1
    assert Machine(root, Bench(root).machine.cache, threads=cores + 1).at_once == 1


def test_the_first_failure_stops_the_rest(bench: Bench) -> None:
    failing = step("validate", {"--data": "raw"}, fail="1", seconds="0.1")
    before = time.monotonic()
    run, events = bench.finish(replace(PREPARE, arguments={"--seconds": ("60",)}), failing, TRAIN)
    assert time.monotonic() - before < 30
    assert (run.status, ended(events)) == ("failed", {"validate": "failed", "prepare": "stopped"})


def test_checks_of_the_data_come_to_their_end_though_another_step_has_failed(bench: Bench) -> None:
    checking = step("validate-raw", {"--data": "raw"}, seconds="0.3")
    failing = step("prepare", {"--data": "raw"}, fail="1")
    run, events = bench.finish(checking, failing, TRAIN)
    assert (run.status, ended(events)) == ("failed", {"prepare": "failed", "validate-raw": "completed"})
    assert run.failure.startswith("Step prepare failed")
    assert (run.folder / "validate-raw-output").is_dir()


def test_checks_that_fail_after_another_step_are_told_as_failed(bench: Bench) -> None:
    checking = step("validate-raw", {"--data": "raw"}, seconds="0.3", fail="1")
    run, events = bench.finish(checking, step("prepare", {"--data": "raw"}, fail="1"))
    assert ended(events) == {"prepare": "failed", "validate-raw": "failed"}
    assert run.failure.startswith("Step prepare failed")


def test_checks_that_go_on_after_a_failure_can_be_cancelled(bench: Bench) -> None:
    execution = bench.start(step("validate-raw", {"--data": "raw"}, seconds="60"), step("prepare", {}, fail="1"))
    heard = hear(execution, "failed")
    execution.cancel()
    run, events = finish(execution)
    assert (run.status, ended(heard + events)) == ("failed", {"prepare": "failed", "validate-raw": "stopped"})


def test_a_failed_step_tells_its_last_lines_and_where_the_rest_is(bench: Bench) -> None:
    run, _ = bench.finish(step("fail", {}, fail=str(LOG_LINES + 10)))
    assert f"line {LOG_LINES + 9}" in run.failure
    assert "line 9\n" not in run.failure
    assert str(run.folder / "fail.log") in run.failure


def test_the_last_line_is_the_note_of_a_step_also_when_it_is_reused(bench: Bench) -> None:
    for state in ("completed", "reused"):
        _, events = bench.finish(PREPARE)
        assert (events[-1].state, events[-1].note) == (state, "prepare")


def test_nothing_is_done_twice(bench: Bench) -> None:
    first, _ = bench.finish(PREPARE, TRAIN, EVALUATE, VALIDATE)
    second, events = bench.finish(PREPARE, TRAIN, EVALUATE, VALIDATE)
    assert set(ended(events).values()) == {"reused"}
    for name in ("prepare-output", "train-output", "evaluate-output", "validate-output"):
        assert hash_folder(second.folder / name) == hash_folder(first.folder / name)


def test_a_changed_argument_reruns_the_step_and_what_depends_on_it(bench: Bench) -> None:
    bench.finish(PREPARE, TRAIN, EVALUATE, VALIDATE)
    changed = step("train", {"--data": "prepare-output"}, say="train better")
    run, events = bench.finish(PREPARE, changed, EVALUATE, VALIDATE)
    assert ended(events) == {"prepare": "reused", "validate": "reused", "train": "completed", "evaluate": "completed"}
    assert "train better" in (run.folder / "evaluate-output" / "text").read_text()
    reasons = {event.step: event.reason for event in events if event.state == "completed"}
    assert reasons == {"train": "argument say train → train better", "evaluate": "input train-output/text changed"}


def test_a_step_that_puts_out_the_same_again_reruns_nothing_else(bench: Bench) -> None:
    bench.finish(PREPARE, TRAIN)
    slower = replace(PREPARE, arguments={**PREPARE.arguments, "--seconds": ("0.1",)})
    _, events = bench.finish(slower, TRAIN)
    assert ended(events) == {"prepare": "completed", "train": "reused"}


def test_a_changed_input_reruns_everything(bench: Bench) -> None:
    bench.finish(PREPARE, TRAIN)
    (bench.folder / "raw" / "text").write_text("other rows")
    run, events = bench.finish(PREPARE, TRAIN)
    assert set(ended(events).values()) == {"completed"}
    assert (run.folder / "train-output" / "text").read_text() == "train(prepare(other rows))"


def test_everything_runs_when_it_is_asked_for(bench: Bench) -> None:
    bench.finish(PREPARE, TRAIN)
    _, events = bench.finish(PREPARE, TRAIN, reuse=False)
    assert {event.reason for event in events if event.state == "completed"} == {"it was asked for"}
    assert set(ended(events).values()) == {"completed"}


def test_a_damaged_result_is_made_anew_and_says_so(bench: Bench) -> None:
    bench.finish(PREPARE)
    for file in (file for file in (bench.folder / "cache" / "objects").rglob("*") if file.is_file()):
        file.write_text("rotten")
    run, events = bench.finish(PREPARE)
    assert (events[-1].state, events[-1].reason) == ("completed", "what is kept of it is damaged")
    assert (run.folder / "prepare-output" / "text").read_text() == "prepare(rows)"
    assert ended(bench.finish(PREPARE)[1]) == {"prepare": "reused"}


def test_a_step_that_fails_leaves_nothing_to_be_reused(bench: Bench) -> None:
    failing = step("prepare", {"--data": "raw"}, fail="1")
    assert ended(bench.finish(failing)[1]) == {"prepare": "failed"}
    assert not list((bench.folder / "cache").glob("entries/*/*"))
    assert ended(bench.finish(failing)[1]) == {"prepare": "failed"}


def test_a_step_that_is_stopped_leaves_nothing_to_be_reused(bench: Bench) -> None:
    execution = bench.start(replace(PREPARE, arguments={"--seconds": ("60",)}))
    hear(execution, "started")
    execution.cancel()
    run, events = finish(execution)
    assert (run.status, ended(events)) == ("cancelled", {"prepare": "stopped"})
    assert not list((bench.folder / "cache").glob("entries/*/*"))


def test_without_a_usable_cache_every_step_runs(root: Path) -> None:
    (root.parent / "cache").touch()
    bench = Bench(root)
    for _ in range(2):
        run, events = bench.finish(PREPARE, TRAIN)
        assert (run.status, set(ended(events).values())) == ("completed", {"completed"})
    assert len(bench.said) == 1


def test_a_script_that_is_missing_is_a_failed_run(bench: Bench) -> None:
    run, _ = bench.finish(replace(PREPARE, script="src/nowhere.py"))
    assert (run.status, "nowhere.py" in run.failure) == ("failed", True)


@pytest.mark.parametrize("replaced", [False, True], ids=["gone", "made anew by a step"])
def test_no_step_goes_on_where_the_folder_of_the_run_was_moved(replaced: bool, bench: Bench) -> None:
    execution = bench.start(step("prepare", {"--data": "raw"}, seconds="0.2"), TRAIN)
    assert execution.events.get(timeout=60) == StepEvent("prepare", "started")
    folder = bench.folder / "run-0"
    folder.rename(bench.folder / "moved")
    if replaced:
        folder.mkdir()
    events = [execution.events.get(timeout=60)]
    while not isinstance(events[-1], OperationError):
        assert isinstance(events[-1], StepEvent)
        events.append(execution.events.get(timeout=60))
    assert str(events[-1]).startswith(f"{folder} was moved or deleted while the run was at work")
    assert StepEvent("train", "started") not in events
    assert not (folder / "train-output").exists()


def test_a_core_that_is_free_is_told_of_once(root: Path) -> None:
    told: list[int] = []
    bench = Bench(root)
    run = Run("run", "running", root.parent / "run")
    run.folder.mkdir()
    places = {"raw": root.parent / "raw", "prepare-output": run.folder / "p", "train-output": run.folder / "t"}
    recipes = {each.name: recipe_of(each, {}, root) for each in (PREPARE, TRAIN)}
    work = Work([PREPARE, TRAIN], {**recipes}, {**places}, reuse=True)
    machine = replace(bench.machine)
    finish(Execution(run, work, machine, lambda ended: None, lambda: told.append(1)))
    assert told == ([1] if machine.at_once > 1 else [])


PACKAGE = """
import os, pathlib, sys

def main(argv):
    if "--die" in argv:
        os._exit(7)
    output = pathlib.Path(argv[argv.index("--output") + 1])
    output.mkdir()
    (output / "process").write_text(str(os.getpid()))
    os.write(1, b"written past Python\\n")
    print("printed", argv[-1])
    return int(argv[-1])
"""


def check(name: str, code: str, *more: str) -> Step:
    words = {**dict.fromkeys(more, ()), "--code": (code,)}
    return Step(name, "operation/check", words, {"--data": "raw"}, {"--output": f"{name}-output"})


@pytest.fixture
def package(root: Path) -> Path:
    """A package of the repository, whose worker is the real one."""
    folder = root / "operation" / "check"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(PACKAGE)
    (root / "operation" / "__init__.py").touch()
    steps = Path("operation", "execution", "steps")
    (root / steps).mkdir(parents=True)
    for name in ("worker.py", "leash.py"):
        shutil.copy(ROOT / steps / name, root / steps / name)
    return folder


def test_the_steps_of_a_package_share_a_process(bench: Bench, package: Path) -> None:
    run, events = bench.finish(check("one", "0"), check("two", "0"))
    assert run.status == "completed", run.failure
    processes = {(run.folder / f"{name}-output" / "process").read_text() for name in ("one", "two")}
    assert len(processes) == 1
    assert [event.note for event in events if event.state == "completed"] == ["printed 0", "printed 0"]
    assert "written past Python" in (run.folder / "two.log").read_text()


def process_of(bench: Bench, name: str, lasting: Processes) -> int:
    """The id of the process that ran the step."""
    run, _ = bench.finish(check(name, "0"), lasting=lasting)
    assert run.status == "completed", run.failure
    return int((run.folder / f"{name}-output" / "process").read_text())


@pytest.fixture
def lasting(root: Path) -> Iterator[Processes]:
    processes = Processes(root, 1)
    yield processes
    processes.stop()


def test_lasting_processes_serve_the_next_execution(bench: Bench, package: Path, lasting: Processes) -> None:
    assert process_of(bench, "one", lasting) == process_of(bench, "two", lasting)


def test_lasting_processes_at_rest_hold_no_memory(bench: Bench, package: Path, lasting: Processes) -> None:
    process = process_of(bench, "one", lasting)
    lasting.rest()
    assert process_of(bench, "two", lasting) != process
    lasting.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_lasting_process_that_was_killed_is_replaced(bench: Bench, package: Path, lasting: Processes) -> None:
    process = process_of(bench, "one", lasting)
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert process_of(bench, "two", lasting) != process


def test_the_exit_code_of_a_package_is_its_steps(bench: Bench, package: Path) -> None:
    run, events = bench.finish(check("one", "0"), check("two", "3"))
    assert ended(events) == {"one": "completed", "two": "failed"}
    assert "Step two failed with exit code 3:" in run.failure


def test_a_package_that_raises_is_a_failed_step_with_its_traceback(bench: Bench, package: Path) -> None:
    run, _ = bench.finish(check("one", "no number"))
    assert "ValueError: invalid literal for int()" in run.failure


def test_a_package_that_cannot_be_imported_is_a_failed_step_with_its_traceback(bench: Bench, package: Path) -> None:
    (package / "__main__.py").write_text("import no_such_module")
    run, _ = bench.finish(check("one", "0"))
    assert "No module named 'no_such_module'" in run.failure


def test_a_process_that_dies_over_its_step_is_a_failed_step(bench: Bench, package: Path) -> None:
    run, _ = bench.finish(check("one", "0", "--die"))
    assert "Step one failed with exit code 7:" in run.failure
