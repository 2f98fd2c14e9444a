"""`invoke sweep`: find the best values of training parameters, judged on the selection part.

A test part that has chosen among many no longer says how good the chosen one is. A trial therefore does without it:
it trains on what neither the test part nor `split.selection` holds, is compared on the latter, and never registered.
"""

import hashlib
from collections.abc import Sequence
from functools import partial

from operation import console
from operation.execution.backends import Runs, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.sweep import report
from operation.execution.sweep.ranking import rank
from operation.execution.sweep.space import Trial, trials_of
from operation.execution.sweep.stopping import reason_to_stop
from operation.execution.sweep.trials import Source, Trials, steps_of
from operation.execution.tables.data import bring_data
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done, follow, show_reused
from operation.execution.training.lineage import collect, label_run
from operation.execution.values import SWEEP
from operation.tools import require


def sweep(configuration: Configuration, settings: Sequence[str]) -> None:
    """Try what the section sweep asks for; what was tried before is reused, so the same command goes on after a stop.

    `settings` are what made the configuration, for the command that trains with the best values.

    Raises:
        OperationError: a tool is missing, the section asks for what training refuses, the data are bad, or no trial
            succeeded.
    """
    require("gx-duckdb")  # as `train`: better said now than after minutes of work
    trials = trials_of(configuration)
    backend = connect(configuration)
    with in_order(configuration, backend):
        snapshot = bring_data(configuration, backend)
        source = Source({"raw": snapshot.folder}, snapshot.sha256, name_of(configuration, snapshot.sha256))
        work = Trials(configuration, backend.runs, source, trials, stop=partial(reason_to_stop, configuration))
        try:
            _prepare(trials[0], backend.runs, source)
            outcomes = work.run()
        except KeyboardInterrupt:
            console.say("What is done is kept. To go on from there, give the same command again.")
            raise
        outcomes = rank(outcomes, configuration.gate.metric)
        command = report.command_of(outcomes[0], settings)
        stopped = describe_stop(len(outcomes), len(trials), work.stopped)
        lineage = collect(configuration, snapshot.sha256)
        folder = report.write(configuration, outcomes, command, lineage, stopped)
        if backend.group:
            tags = lineage | label_run(configuration, SWEEP)
            backend.group(report.as_group(configuration, outcomes, source.sweep, tags, folder))
        report.show(configuration, outcomes, folder, command, stopped)


def name_of(configuration: Configuration, data_sha256: str) -> str:
    """Name the sweep by what it tries on which data: the same command after a stop goes on with the same sweep."""
    parts = configuration.sha256(), configuration.sweep.model_dump_json(exclude={"minutes"}), data_sha256
    return f"{SWEEP}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:8]}"


def describe_stop(tried: int, planned: int, reason: str) -> str:
    """Say that the sweep has stopped early, and why; empty if it has not."""
    return f"after {tried} of {planned} trials: {reason}" if reason else ""


def _prepare(trial: Trial, runs: Runs, source: Source) -> None:
    """Validate the raw data and prepare them once; every trial then reuses that.

    Raises:
        OperationError: the data are bad, and the failures have been printed.
    """
    steps = [pipeline.validate_raw(trial.configuration), steps_of(trial)[0]]
    if find_done(runs, steps, source.folders):
        show_reused(steps)
    else:
        follow(runs, runs.submit(steps, source.folders, tags=source.tags(trial.configuration, "prepare")))
