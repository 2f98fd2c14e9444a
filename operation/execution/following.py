"""A run before our eyes: a line for each of its steps, and an interrupt that stops it."""

from collections.abc import Sequence

from operation import console
from operation.errors import OperationError
from operation.execution import pipeline
from operation.execution.backends import Backend
from operation.execution.data import require_valid
from operation.execution.values import Run, Step, StepEvent


def follow(backend: Backend, run: Run, explain: bool = False) -> Run:
    """Show the run to its end; with `explain`, why each step had to run.

    Raises:
        OperationError: a step failed. If the data are bad, the failures have been printed.
    """
    display = console.StepDisplay()

    def show(event: StepEvent) -> None:
        if event.state == "started":
            display.start(event.step)
        else:
            result: console.Result = "done" if event.state == "completed" else event.state
            display.end(event.step, result, event.note, event.reason if explain else "")

    try:
        ended = backend.wait(run, show)
    except KeyboardInterrupt:
        display.stop()
        backend.cancel(run)
        raise
    if ended.status != "completed":
        require_valid(ended.folder, pipeline.VALIDATIONS)
        raise OperationError(ended.failure)
    return ended


def show_reused(steps: Sequence[Step]) -> None:
    """Show steps that an earlier run has done."""
    display = console.StepDisplay()
    for step in steps:
        display.end(step.name, "reused")
