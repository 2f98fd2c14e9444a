"""`invoke train`: from raw data to a gated, registered model; and its parts on their own."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.registration import evidence, register, summary
from operation.execution.tables.data import bring_data
from operation.execution.training import pipeline
from operation.execution.training.lineage import collect
from operation.execution.training.progress import follow, show_reused
from operation.execution.values import ModelVersion, Run, Step
from operation.tools import require


def train(configuration: Configuration, force: bool = False, explain: bool = False, detach: bool = False) -> None:
    """The whole chain: data, validate, prepare, train, evaluate, gate, register; what was done before is reused.

    With `detach`, only until the run goes on without this process; `watch` takes it up again.

    Raises:
        OperationError: a tool is missing, a step failed, the data are bad, or the gate refused the model; then nothing
            was registered.
    """
    require("gx-duckdb")  # which validation needs: better said now than after minutes of work
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        snapshot = bring_data(configuration, backend, force)
        champion, folders = _champion(configuration, backend)
        folders["raw"] = snapshot.folder
        steps = pipeline.steps(configuration, champion is not None)
        run = None if force else _find_same(backend, steps, folders, champion)
        if run:
            show_reused(steps if explain else ())
        else:
            tags = collect(configuration, snapshot.sha256)
            files = evidence.files(configuration, tags, champion)
            run = backend.submit(steps, folders, reuse=not force, tags=tags, files=files)
            run = follow(backend, run, explain, detach, leavable=True)
        _conclude(configuration, backend, run)


def watch(configuration: Configuration, run_id: str | None) -> None:
    """Take up a run that another command has left to itself: follow it to its end, then gate and registration.

    Raises:
        OperationError: there is no such run, or as `train`.
    """
    if run_id is None:
        raise OperationError(
            f"Which run? Its id is what the command that left it has said: {configuration.command('watch --run RUN')}"
        )
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        run = backend.find_run(run_id)
        if run is None:
            raise OperationError(f"There is no run {run_id}.")
        _conclude(configuration, backend, follow(backend, run, leavable=True))


def _conclude(configuration: Configuration, backend: Backend, run: Run) -> None:
    """What comes after the last step, unless the run goes on elsewhere."""
    if run.status == "running":
        console.say(f"Run {run.id} goes on without this command. To follow it to its end, gate and registration:")
        console.say(configuration.command(f"watch --run {run.id}"))
    elif model := register.version_of(configuration, backend, run):
        summary.show_unchanged(configuration, model)
    else:
        register.register(configuration, backend, run)


def prepare(configuration: Configuration) -> None:
    """Bring the data and prepare them, in a run of their own."""
    backend = connect(configuration)
    with exclusive(configuration):
        snapshot = bring_data(configuration, backend)
        folders, steps = {"raw": snapshot.folder}, [pipeline.prepare(configuration)]
        same = next(iter(backend.find_same(steps, folders)), None)
        if same:
            show_reused(steps)
        run = same or follow(backend, backend.submit(steps, folders, tags=collect(configuration, snapshot.sha256)))
        console.say(f"Prepared data: {run.folder / 'prepared'}")


def evaluate(configuration: Configuration, run_id: str | None) -> None:
    """Evaluate the model of a run once more, against the champion of now; the result is a run of its own.

    Raises:
        OperationError: there is no such run, or it has no model.
    """
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        trained = register.trained_run(configuration, backend, run_id)
        champion, folders = _champion(configuration, backend)
        steps, tags = [pipeline.evaluate(configuration, champion is not None)], evidence.lineage(trained)
        run = backend.submit(steps, folders, trained, tags=tags, files=evidence.compared(champion))
        run = follow(backend, run)
        summary.show_metrics(configuration, evidence.evaluation(run))
        console.say(f"Evaluation: {run.folder / 'evaluation'}")
        console.say(f"To put it through the gate: {configuration.command(f'register --run {run.id}')}")


def _champion(configuration: Configuration, backend: Backend) -> tuple[ModelVersion | None, dict[str, Path]]:
    """The champion, if there is one, and its files, fetched anew each time so that they are the registry's."""
    with console.step("champion") as note:
        model = backend.find(configuration.model)
        if model is None:
            note.text = "none yet"
            return None, {}
        folder = configuration.outputs / "champion"
        shutil.rmtree(folder, ignore_errors=True)
        backend.fetch(model, folder)
        note.text = f"version {model.version}"
    return model, {pipeline.CHAMPION: folder}


def _find_same(
    backend: Backend, steps: Sequence[Step], folders: Mapping[str, Path], champion: ModelVersion | None
) -> Run | None:
    """The run that has done this before: the champion's own, or one that was compared with the same champion."""
    for run in backend.find_same(steps, folders, ignoring=[pipeline.CHAMPION]):
        if champion and champion.run == run.id:
            return run
        if evidence.champion_version(run) == (champion.version if champion else None):
            return run
    return None
