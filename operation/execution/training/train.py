"""`invoke train`: from raw data to a gated, registered model."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Runs, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.registration.evidence import initial_files, read_champion_version
from operation.execution.registration.trained_runs import evidence_of
from operation.execution.tables.data import bring_data
from operation.execution.training import pipeline
from operation.execution.training.champion import fetch_champion
from operation.execution.training.finish import finish
from operation.execution.training.follow import follow, show_reused
from operation.execution.training.lineage import collect, label_run
from operation.execution.values import ModelVersion, Run, Step
from operation.tools import require


def train(configuration: Configuration, force: bool = False, explain: bool = False, detach: bool = False) -> None:
    """Run the whole chain: data, validate, prepare, train, evaluate, gate, register; reuse what was done before.

    With `detach`, only until the run goes on without this process; `watch` takes it up again.

    Raises:
        OperationError: a tool is missing, no run can be detached here, a step failed, the data are bad, or the gate
            refused the model; then nothing was registered.
    """
    if detach and configuration.backend.kind == "local":
        raise OperationError(
            "--detach: the steps of a local run are processes of this command, and end with it. Runs of a workspace go "
            "on without it, for instance those of --environment dev."
        )
    require("gx-duckdb")  # which validation needs: better said now than after minutes of work
    backend = connect(configuration)
    with in_order(configuration, backend):
        snapshot = bring_data(configuration, backend, force)
        champion, folders = fetch_champion(configuration, backend.registry)
        folders["raw"] = snapshot.folder
        steps = pipeline.steps(configuration, champion is not None)
        run = None if force else _find_same(configuration, backend.runs, steps, folders, champion)
        if run:
            show_reused(steps if explain else ())
        else:
            tags = collect(configuration, snapshot.sha256)
            files = initial_files(configuration, tags, champion)
            shown = tags | label_run(configuration, "train")
            run = backend.runs.submit(steps, folders, reuse=not force, tags=shown, files=files)
            run = follow(backend.runs, run, explain, detach, leavable=True)
        finish(configuration, backend, run)


def _find_same(
    configuration: Configuration,
    runs: Runs,
    steps: Sequence[Step],
    folders: Mapping[str, Path],
    champion: ModelVersion | None,
) -> Run | None:
    """Find the run that has done this before: the champion's own, or one that was compared with the same champion.

    The search ignores the champion's files: the run that made the champion was compared with the one before, and to
    compare it with itself would say nothing.
    """
    for run in runs.find_same(steps, folders, ignoring=[pipeline.CHAMPION]):
        if champion and champion.run == run.id:
            return run
        try:
            if read_champion_version(run, "The steps run again.") == (champion.version if champion else None):
                return evidence_of(configuration, run).run
        except OperationError as error:
            console.say(f"Run {run.id} did this before and is passed over: {error}")
    return None
