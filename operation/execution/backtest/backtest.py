"""`invoke backtest`: replay the history month by month, with a model that stays as it is and with retrained ones.

The rows are prepared once. Each month of each policy is a run that divides them by absolute days, trains on what would
have been known, and tests on that month against the frozen model, on the same rows. None is registered.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Runs, connect
from operation.execution.backtest import report
from operation.execution.backtest.results import Result, read_result
from operation.execution.backtest.walk import Asked, Cell, Span, check, frozen_span, months_of, rule, walk
from operation.execution.configuration.declared import time_of
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.leftovers import in_order
from operation.execution.registration.evidence import METRICS, read_evaluation
from operation.execution.sweep.ranking import Outcome
from operation.execution.sweep.space import Trial
from operation.execution.sweep.trials import Source, Trials
from operation.execution.tables.data import bring_data
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done, follow, show_reused
from operation.execution.training.lineage import collect
from operation.execution.values import Run, Step
from operation.tools import require

WHOLE = "20 %"  # a split after which no row is in neither part, so that both together have the days of the data


def backtest(configuration: Configuration, asked: Asked) -> None:
    """Compare the policies over the last months; what was done before is reused.

    Raises:
        OperationError: the use case has no dates, the data are bad or too few, or a month cannot be trained or tested.
    """
    require("gx-duckdb")
    check(asked)
    if not time_of(configuration.use_case, configuration.scripts):
        raise OperationError(
            f"Use case {configuration.use_case} has no dates to walk along: name a column of dates as TIME in "
            f"src/{configuration.use_case}/use_case.py."
        )
    backend = connect(configuration)
    with in_order(configuration, backend):
        snapshot = bring_data(configuration, backend)
        source = Source({"raw": snapshot.folder}, snapshot.sha256)
        rows, (first, last) = _prepare(configuration, backend.runs, source)
        months = months_of(asked, first, last)
        cells, trained = walk(asked, months, first), frozen_span(months, first)
        try:
            champion = _train_frozen(configuration, backend.runs, rows, trained, months[0])
            results = _run(configuration, backend.runs, replace(rows, folders={**rows.folders, **champion}), cells)
        except KeyboardInterrupt:
            console.say("What is done is kept. To go on from there, give the same command again.")
            raise
        folder = report.write(configuration, asked, trained, results, collect(configuration, snapshot.sha256))
        report.show(configuration, asked, results, folder)


def dated(configuration: Configuration, test: str) -> Configuration:
    """Return the configuration with another split: by time, with that rule of the test part."""
    return configuration.model_copy(
        update={"split": configuration.split.model_copy(update={"by": "time", "test": test})}
    )


def trials_of(configuration: Configuration, cells: Sequence[Cell]) -> dict[tuple[Span, Span], Trial]:
    """Make a trial for each pair of days to train on and to test on: cells of equal days share it."""
    trials: dict[tuple[Span, Span], Trial] = {}
    for cell in cells:
        if (cell.train, cell.test) not in trials:
            values = {"month": cell.month, "trained on": rule(cell.train)}
            trial = Trial(len(trials) + 1, values, dated(configuration, rule(cell.test)))
            trials[cell.train, cell.test] = trial
    return trials


def steps_of(trial: Trial) -> list[Step]:
    """Define the steps of a cell; the champion that it is compared with is the frozen model."""
    return [
        pipeline.divide(trial.configuration, trial.values["trained on"]),
        pipeline.train(trial.configuration),
        pipeline.evaluate(trial.configuration, champion=True, card=False),
    ]


def _prepare(configuration: Configuration, runs: Runs, source: Source) -> tuple[Source, Span]:
    """Validate and prepare the data, once for all cells; return the rows, and their first and last day."""
    split = configuration.split
    spans_all = split["by"] == "time" and " to " not in split["test"]
    whole = configuration if spans_all else dated(configuration, WHOLE)
    run = _follow(runs, [pipeline.validate_raw(whole), pipeline.prepare(whole)], source, whole)
    rows = run.folder / "prepared"
    counted = read_json(rows / METRICS)
    days = date.fromisoformat(counted["train"]["first_date"]), date.fromisoformat(counted["test"]["last_date"])
    return replace(source, folders={pipeline.ROWS: rows}), days


def _train_frozen(
    configuration: Configuration, runs: Runs, source: Source, trained: Span, month: Span
) -> dict[str, Path]:
    """Train the model that stays as it is; return its folder as that of the champion."""
    split = dated(configuration, rule(month))
    run = _follow(runs, [pipeline.divide(split, rule(trained)), pipeline.train(split)], source, split)
    return {pipeline.CHAMPION: run.folder / "model"}


def _follow(runs: Runs, steps: Sequence[Step], source: Source, configuration: Configuration) -> Run:
    """Return the run that has done these steps, a new one if there is none."""
    if same := find_done(runs, steps, source.folders):
        show_reused(steps)
        return same
    return follow(runs, runs.submit(steps, source.folders, tags=source.tags(configuration, "backtest")))


def _run(configuration: Configuration, runs: Runs, source: Source, cells: Sequence[Cell]) -> list[Result]:
    """Run every cell; return its result.

    Raises:
        OperationError: one failed, or its model cannot be compared with the frozen one.
    """
    trials = trials_of(configuration, cells)
    outcomes = Trials(configuration, runs, source, list(trials.values()), steps_of, "training").run()
    _require_all(outcomes)
    ended = {outcome.trial.number: outcome.run for outcome in outcomes}
    metric, results = configuration.gate.metric, list[Result]()
    for cell in cells:
        run = ended[trials[cell.train, cell.test].number]
        results.append(read_result(cell, metric, read_evaluation(run), run.id))
    return results


def _require_all(outcomes: Sequence[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.result == "failed"]
    if failed:
        month = failed[0].trial.values["month"]
        raise OperationError(
            f"{len(failed)} of {len(outcomes)} trainings failed, that for {month} because: {failed[0].reason} "
            "Fix it, or ask for other months (--months); what succeeded is kept."
        )
