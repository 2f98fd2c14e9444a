"""Trials run side by side, and whatever happens to one, none is left behind."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event

import pytest

from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener, Runs
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import sign
from operation.execution.json_files import write_json
from operation.execution.steps.scheduler import at_once
from operation.execution.sweep.space import trials_of
from operation.execution.sweep.trials import Source, Trials, steps_of
from operation.execution.values import Run, Step
from operation.tests.parcels import load
from operation.tests.unit.execution.followed_runs import FollowedRuns
from operation.tests.unit.execution.sweep.conftest import configured

PATIENCE = 20  # seconds, after which a test that waits has failed


class Working(FollowedRuns):
    """Runs without processes. A run has the name of the leaves it trains with, and ends as `ending` says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: dict[str, Run] = {}
        self.submitted: list[str] = []
        self.tags: dict[str, Mapping[str, str]] = {}
        self.cancelled: list[str] = []
        self.gone = Event()

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        name = steps[1].arguments["--leaves"][0]
        self.submitted.append(name)
        self.tags[name] = tags
        self.runs[name] = Run(name, "running", self.folder / name)
        files = {"evaluation/metrics.json": {"metrics": {"roc_auc": float(name)}}}
        files |= {"prepared/metrics.json": {"test": {"rows": 5}}, "model/model.onnx": {}, "model/features.json": {}}
        for path, content in files.items():
            (self.folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / name / path, content)
        for folder in (self.folder / name).iterdir():
            sign(folder)
        return self.runs[name]

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        run = self.runs.get(steps[1].arguments["--leaves"][0])
        return iter([run] if run and run.status == "completed" else [])

    def wait(self, run: Run, listener: Listener) -> Run:
        self.runs[run.id] = self.ending(run)
        return self.runs[run.id]

    def ending(self, run: Run) -> Run:
        return replace(run, status="completed")

    def cancel(self, run: Run) -> None:
        self.cancelled.append(run.id)
        self.gone.set()

    def find(self, run_id: str | None = None) -> Run | None:
        return self.runs.get(run_id or "")


class OneFails(Working):
    def ending(self, run: Run) -> Run:
        return replace(run, status="failed", failure="no rows") if run.id == "7" else super().ending(run)


class OneCannotBeFollowed(Working):
    """The others go on until they are cancelled."""

    def ending(self, run: Run) -> Run:
        if run.id == "7":
            raise OperationError("the database is damaged")
        assert self.gone.wait(PATIENCE)
        return replace(run, status="cancelled")


class Together(Working):
    """No run ends before `count` of them are at work, and none may be one too many."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(folder)
        self._barrier, self._count = Barrier(count), count

    def ending(self, run: Run) -> Run:
        assert sum(each.status == "running" for each in self.runs.values()) <= self._count
        self._barrier.wait(PATIENCE)
        return super().ending(run)


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """Six trials, on a machine of three cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    configuration = configured({"leaves": [7, 8, 9, 10, 11, 12]})
    backend = configuration.backend.model_copy(update={"outputs": str(tmp_path / "outputs")})
    configuration = configuration.model_copy(update={"backend": backend})
    configuration.outputs.mkdir(parents=True)
    return configuration


def run(configuration: Configuration, runs: Runs) -> dict[int, str]:
    """Run all trials; return the result of each by its number of leaves."""
    outcomes = Trials(configuration, runs, Source({}, "the hash"), trials_of(configuration)).run()
    return {outcome.trial.values["leaves"]: outcome.result for outcome in outcomes}


@pytest.mark.parametrize(("threads", "expected"), [(1, 3), (2, 1), (3, 1), (8, 1)])
@pytest.mark.usefixtures("grid")
def test_as_many_trials_run_at_once_as_have_cores_for_their_threads(threads: int, expected: int) -> None:
    assert at_once(threads) == expected


def test_trials_really_run_at_once_and_no_more_of_them(grid: Configuration, tmp_path: Path) -> None:
    assert run(grid, Together(tmp_path, 3)) == dict.fromkeys(range(7, 13), "done")


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ([], {"--split-by": "time", "--test": "last 61 days", "--selection": "last 61 days"}),
        (["split.by=random", "split.test=10 %"], {"--split-by": "random", "--test": "10 %", "--seed": "2013"}),
    ],
    ids=["time", "random"],
)
def test_no_trial_sees_the_test_part_however_rows_are_divided(settings: list[str], options: dict[str, str]) -> None:
    configuration = load(settings=["sweep.search=grid", "sweep.parameters={leaves: [7]}", *settings])
    arguments = steps_of(trials_of(configuration)[0])[0].arguments
    assert {name: arguments[name] for name in options} == {name: (value,) for name, value in options.items()}
    assert arguments["--hold-out"] == ("selection",)


def test_every_trial_is_tagged_with_where_it_comes_from(grid: Configuration, tmp_path: Path) -> None:
    runs = Working(tmp_path)
    run(grid, runs)
    assert {tags["data_sha256"] for tags in runs.tags.values()} == {"the hash"}
    assert len({tags["configuration_sha256"] for tags in runs.tags.values()}) == 6


def test_a_trial_that_fails_stops_no_other_and_is_alone_tried_again(grid: Configuration, tmp_path: Path) -> None:
    runs = OneFails(tmp_path)
    assert run(grid, runs) == {7: "failed"} | dict.fromkeys(range(8, 13), "done")
    runs.submitted.clear()
    assert run(grid, runs) == {7: "failed"} | dict.fromkeys(range(8, 13), "reused")
    assert runs.submitted == ["7"]


def test_when_the_sweep_cannot_go_on_the_trials_at_work_are_stopped(grid: Configuration, tmp_path: Path) -> None:
    runs = OneCannotBeFollowed(tmp_path)
    with pytest.raises(OperationError, match="the database is damaged"):
        run(grid, runs)
    assert {"8", "9"} <= set(runs.cancelled)
    assert {runs.runs[name].status for name in ("8", "9")} == {"cancelled"}
    assert runs.submitted == ["7", "8", "9"]


def test_a_reason_to_stop_leaves_out_what_has_not_begun(grid: Configuration, tmp_path: Path) -> None:
    asked: list[int] = []

    def stop(outcomes: Sequence[object], seconds: float) -> str:
        asked.append(len(outcomes))
        assert seconds >= 0
        return "enough" if len(outcomes) >= 2 else ""

    work = Trials(grid, Working(tmp_path), Source({}, "the hash"), trials_of(grid), stop=stop)
    assert 2 <= len(work.run()) < 6
    assert work.stopped == "enough"


def test_the_first_trial_begins_whatever_the_limits_say(grid: Configuration, tmp_path: Path) -> None:
    runs = Working(tmp_path)
    work = Trials(grid, runs, Source({}, "the hash"), trials_of(grid), stop=lambda _outcomes, _seconds: "too late")
    assert [outcome.trial.number for outcome in work.run()] == [1]
    assert runs.submitted == ["7"]


def test_a_trial_carries_its_kind_and_the_name_of_its_sweep(grid: Configuration, tmp_path: Path) -> None:
    runs = Working(tmp_path)
    Trials(grid, runs, Source({}, "the hash", "sweep-1"), trials_of(grid)[:1]).run()
    tags = runs.tags["7"]
    assert (tags["kind"], tags["use_case"], tags["sweep"]) == ("trial", "parcels", "sweep-1")
