"""A run before our eyes: a line for each of its steps, and an interrupt that stops it."""

import sys
from collections.abc import Sequence

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.training import pipeline
from operation.execution.validation.validate import require_valid
from operation.execution.values import Run, Step, StepEvent


def follow(backend: Backend, run: Run, explain: bool = False, detach: bool = False, leavable: bool = False) -> Run:
    """Show the run to its end; with `explain`, why each step had to run.

    With `detach`, only until the run goes on without this process: then what is returned is running. The same if that
    is answered to an interrupt, which asks where the run is `leavable`.

    Raises:
        OperationError: a step failed. If the data are bad, the failures have been printed.
    """
    display = console.StepDisplay()

    def show(event: StepEvent) -> None:
        if event.state == "started":
            display.start(event.step)
        elif event.state == "working":
            display.tell(event.step, event.note)
        else:
            result: console.Result = "done" if event.state == "completed" else event.state
            display.end(event.step, result, event.note, event.reason if explain else "")

    if detach:
        backend.detach(run)
    try:
        ended = backend.wait(run, show)
    except KeyboardInterrupt:
        display.stop()
        if not (leavable and backend.can_detach(run) and _is_left_running(run)):
            backend.cancel(run)
            raise
        backend.detach(run)
        ended = backend.wait(run, show)
    finally:
        display.stop()
    if ended.status not in ("completed", "running"):
        require_valid(ended.folder, pipeline.VALIDATIONS)
        raise OperationError(ended.failure)
    return ended


def _is_left_running(run: Run) -> bool:
    """Ask, where there is somebody to ask; an agent that is stopped must not leave costs behind."""
    if not sys.stdin.isatty():
        return False
    console.say(f"Run {run.id} goes on in the workspace.")
    try:
        return input("Cancel it, or leave it running? [c/l] ").strip().lower().startswith("l")
    except (EOFError, KeyboardInterrupt):
        return False


def show_reused(steps: Sequence[Step]) -> None:
    """Show steps that an earlier run has done."""
    display = console.StepDisplay()
    for step in steps:
        display.end(step.name, "reused")
