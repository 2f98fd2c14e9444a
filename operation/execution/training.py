"""`invoke train`: from raw data to a gated, registered model; and its parts on their own."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution import lineage, pipeline, registration, summary
from operation.execution.backends import Backend, connect
from operation.execution.configuration import Configuration
from operation.execution.data import bring_data, validate_features, validate_raw
from operation.execution.files import write_json
from operation.execution.snapshot import Snapshot
from operation.execution.values import Run, Step, StepEvent
from operation.execution.workspace import exclusive


def train(configuration: Configuration, force: bool = False) -> None:
    """The whole chain: data, validate, prepare, train, evaluate, gate, register.

    Raises:
        OperationError: a step failed, the data are bad, or the gate refused the model; then nothing was registered.
    """
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        snapshot = bring_data(configuration, force)
        validate_raw(configuration, snapshot.folder)
        folders = {"raw": snapshot.folder} | _champion(configuration, backend)
        run = _execute(backend, pipeline.steps(configuration, "champion" in folders), folders)
        validate_features(configuration, run.folder / "prepared")
        _keep_lineage(configuration, snapshot, run)
        registration.register(configuration, backend, run)


def prepare(configuration: Configuration) -> None:
    """Bring the data and prepare them, in a run of their own."""
    backend = connect(configuration)
    with exclusive(configuration):
        snapshot = bring_data(configuration)
        run = _execute(backend, [pipeline.prepare(configuration)], {"raw": snapshot.folder})
        console.say(f"Prepared data: {run.folder / 'prepared'}")


def evaluate(configuration: Configuration, run_id: str | None) -> None:
    """Evaluate the model of a run once more, against the champion of now; the result is a run of its own.

    Raises:
        OperationError: there is no such run, or it has no model.
    """
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        trained = registration.trained_run(backend, run_id)
        folders = _champion(configuration, backend)
        step = pipeline.evaluate(configuration, "champion" in folders)
        run = _execute(backend, [step], folders, trained)
        summary.show_metrics(configuration, registration.evaluation(run))
        console.say(f"Evaluation: {run.folder / 'evaluation'}")
        console.say(f"To put it through the gate: invoke register --run {run.id}")


def show_plan(configuration: Configuration) -> None:
    """Print the steps that `train` would run; touches nothing."""
    rows = [_described(step) for step in pipeline.steps(configuration, champion=True)]
    console.table(
        "invoke train would",
        ["step", "script", "arguments", "reads", "writes"],
        [
            ["data", "", f"source {configuration.data.source}", "", "raw"],
            ["validate", "", "", "raw, prepared", "reports"],
            *rows,
            ["gate", "", f"{configuration.gate.metric} at {configuration.gate.confidence:.0%}", "evaluation", ""],
            ["register", "", configuration.model, "model, evaluation", "registry"],
        ],
    )


def _described(step: Step) -> list[str]:
    arguments = " ".join(" ".join([option, *values]) for option, values in step.arguments.items())
    return [step.name, f"src/{step.script}", arguments, *map(", ".join, (step.inputs.values(), step.outputs.values()))]


def _champion(configuration: Configuration, backend: Backend) -> dict[str, Path]:
    """The champion's files, fetched anew each time so that they are the registry's; empty while there is none."""
    with console.step("champion") as note:
        model = backend.find(configuration.model)
        if model is None:
            note.text = "none yet"
            return {}
        folder = configuration.outputs / "champion"
        shutil.rmtree(folder, ignore_errors=True)
        backend.fetch(model, folder)
        note.text = f"version {model.version}"
    return {"champion": folder}


def _execute(backend: Backend, steps: Sequence[Step], folders: Mapping[str, Path], earlier: Run | None = None) -> Run:
    """Run the steps to their end before our eyes; an interrupt stops them."""
    display = console.StepDisplay()

    def show(event: StepEvent) -> None:
        if event.state == "started":
            display.start(event.step)
        else:
            display.end(event.step, "done" if event.state == "completed" else "failed", event.note)

    run = backend.submit(steps, folders, earlier)
    try:
        ended = backend.wait(run, show)
    except KeyboardInterrupt:
        display.stop()
        backend.cancel(run)
        raise
    if ended.status != "completed":
        raise OperationError(ended.failure)
    return ended


def _keep_lineage(configuration: Configuration, snapshot: Snapshot, run: Run) -> None:
    """Kept only once the data have passed: registration asks for it, so bad data never yield a registered model."""
    write_json(run.folder / registration.LINEAGE, lineage.collect(configuration, snapshot.sha256))
