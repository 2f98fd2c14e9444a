"""`invoke train`: from raw data to a gated, registered model; and its parts on their own."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution import pipeline, records, registration, summary
from operation.execution.backends import Backend, connect
from operation.execution.configuration import Configuration
from operation.execution.data import bring_data, validate_features, validate_raw
from operation.execution.values import ModelVersion, Run, Step, StepEvent
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
        champion, folders = _champion(configuration, backend)
        steps = pipeline.steps(configuration, champion is not None)
        run = _execute(backend, steps, {"raw": snapshot.folder} | folders)
        validate_features(configuration, run.folder / "prepared")
        records.keep_champion(run, champion)
        records.keep_validated(run, configuration, snapshot.sha256)
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
        champion, folders = _champion(configuration, backend)
        step = pipeline.evaluate(configuration, champion is not None)
        run = _execute(backend, [step], folders, trained)
        records.keep_champion(run, champion)
        summary.show_metrics(configuration, records.evaluation(run))
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
    return model, {"champion": folder}


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
