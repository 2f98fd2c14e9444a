"""The walk on parcels: the core scripts really run, in this process."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import divide
import evaluate
import prepare
import train
from learning import use_cases
from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.backtest import backtest
from operation.execution.backtest.walk import Asked, months_of, walk
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.trials import Source
from operation.execution.values import Run, Step
from operation.tests.parcels import SOURCE, copy_scripts, load, write_tables
from operation.tests.unit.execution.followed_runs import FollowedRuns

SCRIPTS = {"prepare": prepare.main, "divide": divide.main, "train": train.main, "evaluate": evaluate.main}
ASKED = Asked(months=2, policies=("monthly", "rolling"), rolling_months=11, delay_days=0)


class InThisProcess(FollowedRuns):
    """Runs whose steps are called; the checks of data are left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done: dict[str, Run] = {}
        self.submitted = 0

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        self.submitted += 1
        folder = self.folder / str(self.submitted)
        for step in (each for each in steps if each.name in SCRIPTS):
            places = {name: str(folders.get(name, folder / name)) for name in (*step.inputs.values(),)}
            places |= {name: str(folder / name) for name in step.outputs.values()}
            if SCRIPTS[step.name](step.argv(places)):
                return self._keep(steps, Run(str(self.submitted), "failed", folder, f"{step.name} failed"))
        return self._keep(steps, Run(str(self.submitted), "completed", folder))

    def _keep(self, steps: Sequence[Step], run: Run) -> Run:
        self.done[str(steps)] = run
        return run

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        run = self.done.get(str(steps))
        return iter([run] if run and run.status == "completed" else [])

    def wait(self, run: Run, listener: Listener) -> Run:
        return run

    def cancel(self, run: Run) -> None:
        raise AssertionError("nothing is stopped here")

    def find(self, run_id: str | None = None) -> Run | None:
        return None


@pytest.fixture(scope="module", autouse=True)
def _parcels() -> Iterator[None]:
    """The core scripts in this process serve parcels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(use_cases, "SOURCE", SOURCE)
        yield


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("raw")
    write_tables(folder, rows=4000)
    return Source({"raw": folder}, "the hash")


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    small = ("training.trees=5", "training.leaves=7", "evaluation.resamples=50")
    loaded = load(settings=[f"backend.outputs={tmp_path / 'outputs'}", *small])
    loaded.outputs.mkdir(parents=True)
    return loaded


@pytest.mark.parametrize("test", ["last 61 days", "2013-03-01 to 2013-03-31"])
def test_the_days_of_the_data_do_not_depend_on_the_configured_split(
    configuration: Configuration, source: Source, tmp_path: Path, test: str
) -> None:
    configured = backtest.dated(configuration, test)
    _, days = backtest._prepare(configured, InThisProcess(tmp_path / "runs"), source)
    assert days == (date(2013, 1, 1), date(2013, 12, 31))


def test_a_walk_compares_every_month_with_the_frozen_model_and_is_done_once(
    configuration: Configuration, source: Source, tmp_path: Path
) -> None:
    runs, first = InThisProcess(tmp_path / "runs"), date(2013, 1, 1)
    months = months_of(ASKED, first, date(2013, 12, 31))
    trained = (first, date(2013, 10, 31))
    rows, _ = backtest._prepare(configuration, runs, source)
    frozen = backtest._train_frozen(configuration, runs, rows, trained, months[0])
    with_frozen = Source({**rows.folders, **frozen}, source.data_sha256)
    monthly, *others = backtest._run(configuration, runs, with_frozen, walk(ASKED, months, first))
    assert (monthly.gain.difference, monthly.gain.lower, monthly.gain.upper) == (0, 0, 0)  # the very same training
    assert others[0].gain.difference == pytest.approx(others[0].metric - others[0].frozen)
    assert runs.submitted == 4  # a window as long as the history trains no more
    backtest._run(configuration, runs, with_frozen, walk(ASKED, months, first))
    assert runs.submitted == 4


def test_cells_of_equal_days_share_a_training(configuration: Configuration) -> None:
    first = date(2013, 1, 1)
    cells = walk(ASKED, months_of(ASKED, first, date(2013, 12, 31)), first)
    trials = backtest.trials_of(configuration, cells)
    assert len(cells) == 4
    assert [trial.number for trial in trials.values()] == [1, 2]


def test_a_month_without_rows_stops_it_with_month_and_reason(
    configuration: Configuration, source: Source, tmp_path: Path
) -> None:
    months = [(date(2014, 3, 1), date(2014, 3, 31))]
    cells = walk(replace(ASKED, rolling_months=14), months, date(2013, 1, 1))  # the same days for both
    runs = InThisProcess(tmp_path / "runs")
    rows, _ = backtest._prepare(configuration, runs, source)
    with pytest.raises(OperationError, match=r"1 of 1 trainings failed, that for 2014-03 because: divide failed"):
        backtest._run(configuration, runs, rows, cells)


def test_a_use_case_without_dates_is_refused_by_name(tmp_path: Path) -> None:
    scripts = copy_scripts(tmp_path)
    file = scripts / "parcels" / "use_case.py"
    file.write_text(file.read_text("utf-8").replace('TIME = "sent_date"', 'TIME = ""'), "utf-8")
    with pytest.raises(OperationError, match=r"parcels has no dates .* TIME in src/parcels/use_case.py"):
        backtest.backtest(load(scripts=scripts), ASKED)


def test_a_wrong_option_is_refused_before_any_work(configuration: Configuration) -> None:
    with pytest.raises(OperationError, match="--months must be at least 1"):
        backtest.backtest(configuration, Asked(0, ("monthly",), 3, 0))
