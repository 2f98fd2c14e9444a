"""Runs on this machine, with real processes: small scripts in place of the core scripts."""

from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.run_record import Record, read
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.tracking import Tracking
from operation.execution.backends.local.versions import Versions
from operation.execution.json_files import read_json
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Run, Step, StepEvent

COPY = """
import pathlib, sys
result = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
result.mkdir()
(result / "x").write_text("made")
print("made", *sys.argv[3:])
"""
FAIL = "raise SystemExit(3)"
SLEEP = "import time\nprint('asleep', flush=True)\ntime.sleep(60)"


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    scripts = tmp_path / "src"
    scripts.mkdir()
    for name, text in {"copy": COPY, "fail": FAIL, "sleep": SLEEP}.items():
        (scripts / f"{name}.py").write_text(text)
    (tmp_path / "requirements.lock").touch()
    return Runs(tmp_path / "runs", Machine(tmp_path, Cache(tmp_path / "cache", print), threads=1))


def step(script: str, output: str = "result", word: str = "a") -> Step:
    return Step(script, f"src/{script}.py", {"--word": (word, "b")}, {}, {"--output": output}, ("requirements.lock",))


def finish(runs: Runs, *steps: Step, run: Run | None = None, reuse: bool = True) -> tuple[Run, list[StepEvent]]:
    events: list[StepEvent] = []
    return runs.wait(runs.submit(steps, {}, run, reuse), events.append), events


def test_the_latest_run_is_none_that_only_scored_rows(runs: Runs) -> None:
    led_to_a_model, _ = finish(runs, step("copy"))
    scored, _ = finish(runs, replace(step("copy"), name="score"))
    assert (runs.find(), runs.find(scored.id)) == (led_to_a_model, scored)


def test_a_step_prints_what_the_terminal_of_the_command_cannot(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    _, events = finish(runs, step("copy", word="vols déjà → arrivés"))
    assert "vols déjà → arrivés" in events[-1].note


def test_a_step_puts_out_into_the_folder_of_its_run(runs: Runs) -> None:
    run, _ = finish(runs, step("copy"))
    assert run.status == "completed"
    assert (run.folder / "result" / "x").read_text() == "made"


def test_the_listener_hears_the_start_and_the_last_line_of_each_step(runs: Runs) -> None:
    _, events = finish(runs, step("copy"))
    assert events == [
        StepEvent("copy", "started"),
        StepEvent("copy", "completed", "made --word a b", "nothing is kept of it"),
    ]


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("29990101-000000-999999", "29990101-000001-000000"),
        ("29990101-000000-999999-0123ab", "29990101-000001-000000"),
        ("99991231-235959-999999", "20"),
        ("99999999-999999-999999", "20"),
        ("20000101-000000-000000", "20"),
        ("29990101 my notes", "20"),
    ],
)
def test_the_newest_run_has_the_last_id_even_if_the_clock_was_set_back(there: str, expected: str, runs: Runs) -> None:
    before = finish(runs, step("copy"))[0]
    before.folder.rename(before.folder.with_name(there))
    run, _ = finish(runs, step("copy", word="c"))
    assert run.id.startswith(expected)
    assert len(run.id) == len("20000101-000000-000000")


def test_a_failed_step_is_a_failed_run(runs: Runs) -> None:
    run, events = finish(runs, step("fail"))
    assert (run.status, [event.state for event in events]) == ("failed", ["started", "failed"])
    assert runs.find(run.id) == run


def test_a_cancelled_run_leaves_no_process(runs: Runs) -> None:
    reading = Step("copy", "src/copy.py", {}, {"--data": "result"}, {"--output": "later"})
    started = runs.submit([step("sleep"), reading], {}, None)
    Timer(0.5, runs.cancel, [started]).start()
    ended = runs.wait(started, lambda event: None)
    assert ended.status == "cancelled"
    assert not (ended.folder / "later").exists()
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
    assert read(run.folder).steps == [step("copy")]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationError, match=r"Cannot write runs to .*file.*backend\.outputs"):
        Runs(tmp_path / "file" / "runs", Machine(tmp_path, Cache(tmp_path, print), threads=1)).submit([], {})


def test_a_run_that_has_done_the_same_is_found(runs: Runs) -> None:
    done, _ = finish(runs, step("copy"))
    finish(runs, step("copy", word="another"))
    assert list(runs.find_same([step("copy")], {})) == [done]
    assert list(runs.find_same([step("copy"), step("fail")], {})) == []


def test_the_newest_of_the_same_runs_comes_first(runs: Runs) -> None:
    done = [finish(runs, step("copy"))[0] for _ in range(2)]
    assert list(runs.find_same([step("copy")], {})) == done[::-1]


def test_a_run_that_failed_has_done_nothing(runs: Runs) -> None:
    finish(runs, step("fail"))
    assert list(runs.find_same([step("fail")], {})) == []


@pytest.mark.parametrize(("ignoring", "found"), [([], 0), (["raw"], 1)])
def test_an_input_that_does_not_matter_can_be_ignored(
    runs: Runs, tmp_path: Path, ignoring: list[str], found: int
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").write_text(name)
    reading = Step("copy", "src/copy.py", {}, {"--data": "raw"}, {"--output": "result"})
    runs.wait(runs.submit([reading], {"raw": tmp_path / "one"}), lambda event: None)
    assert len(list(runs.find_same([reading], {"raw": tmp_path / "two"}, ignoring))) == found
    assert len(list(runs.find_same([reading], {"raw": tmp_path / "one"}))) == 1


WHOLE = '{"status": "running", "failure": "", "steps": [], "recipes": {}, "tags": {}}'
DAMAGED = {
    "empty": "{}",
    "a list": "[]",
    "nothing": "",
    "not JSON": "not JSON",
    "status": WHOLE.replace("running", "asleep"),
    "status alone": '{"status": 5}',
    "tags": WHOLE.replace('"tags": {}', '"tags": null'),
    "tag": WHOLE.replace('"tags": {}', '"tags": {"a": 5}'),
    "failure": WHOLE.replace('""', "null"),
    "steps": WHOLE.replace("[]", "[5]"),
    "recipes": WHOLE.replace('"recipes": {}', '"recipes": {"train": null}'),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_passed_over_with_a_word(
    content: str, runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, whole = (runs.wait(runs.submit([step("copy")], {}), lambda _: None) for _ in range(2))
    (damaged.folder / "run.json").write_text(content)
    assert runs.find() == whole
    assert [*runs.find_same([step("copy")], {})] == [whole]
    assert list(runs.leftovers()) == []
    assert capsys.readouterr().out.count(f"Passed over a run: {damaged.folder / 'run.json'} is damaged") == 1
    with pytest.raises(OperationError, match=r"is damaged.*Delete that run's folder"):
        runs.find(damaged.id)


class Unfinished(Tracking):
    """A recording that was killed, of a run whose metrics have been damaged since."""

    given_up: tuple[str, ...] = ()

    def unfinished(self) -> list[tuple[str, str]]:
        return [("20260102-030405-000006", "of MLflow")]

    def record(self, record: Record) -> None:
        raise OperationError(f"{record.run.id}/metrics.json is damaged.")

    def give_up(self, mlflow_id: str) -> None:
        self.given_up += (mlflow_id,)


def test_a_dead_run_that_cannot_be_recorded_is_given_up_with_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(tmp_path / "mlflow")
    tracking = Unfinished(database, "parcels", Versions(database))
    runs = Runs(tmp_path, Machine(tmp_path, Cache(tmp_path / "cache", print), threads=1), tracking)
    (tmp_path / "20260102-030405-000006").mkdir()
    Record(Run("20260102-030405-000006", "completed", tmp_path / "20260102-030405-000006"), []).write()
    for left in runs.leftovers():
        left.clear()
    assert tracking.given_up == ("of MLflow",)
    assert "is killed, as MLflow shows it: 20260102-030405-000006/metrics.json" in capsys.readouterr().out


def test_a_record_that_is_a_folder_is_passed_over_with_a_word(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs.wait(runs.submit([step("copy")], {}), lambda _: None)
    (run.folder / "run.json").unlink()
    (run.folder / "run.json").mkdir()
    assert runs.find() is None
    assert f"Passed over a run: {run.folder / 'run.json'} cannot be read: " in capsys.readouterr().out
    with pytest.raises(OperationError, match=r"run\.json cannot be read.*Delete that run's folder"):
        runs.find(run.id)


@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "a" * 5000])
def test_a_name_that_no_file_can_have_is_no_run(name: str, runs: Runs) -> None:
    assert runs.find(name) is None


def test_a_run_has_one_name(runs: Runs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = runs.wait(runs.submit([step("copy")], {}), lambda _: None)
    monkeypatch.chdir(tmp_path)
    for name in (f"./{run.id}", f"{run.id}/", str(run.folder), f"runs/{run.id}"):
        assert runs.find(name) == run
    for name in ("..", f"../runs/{run.id}/model", ""):
        assert runs.find(name) is None
