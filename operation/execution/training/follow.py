"""Follow a run on the screen: a line for each of its steps, and an interrupt that stops it."""

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from operation import console
from operation.errors import Ended, OperationError, uninterrupted
from operation.execution.backends import Runs
from operation.execution.registration.evidence import require_outputs
from operation.execution.validation.validate import require_valid
from operation.execution.values import VALIDATIONS, Run, Step, StepEvent


def follow(runs: Runs, run: Run, explain: bool = False, detach: bool = False, leavable: bool = False) -> Run:
    """Show the run to its end; with `explain`, why each step had to run.

    With `detach`, only until the run goes on without this process; the run that is returned is then still running. An
    interrupt stops the run. Where it is `leavable`, an interrupt asks first, and the answer may be to detach it.

    Raises:
        OperationError: a step failed. If the data are bad, the failures have been printed.
    """
    display = console.StepDisplay()
    failed: list[str] = []
    show = partial(_show, display, explain, failed)
    if detach:
        runs.detach(run)
    try:
        ended = runs.wait(run, show)
    except KeyboardInterrupt as interrupt:
        with uninterrupted():  # impatient people press Ctrl-C twice
            display.stop()
        # Before the job is sent there is nothing to leave: what is at work runs in this process, and ends with it.
        answered = not isinstance(interrupt, Ended) and leavable and runs.can_detach(run)
        if not (answered and _is_left_running(run)):
            with uninterrupted():
                runs.cancel(run)  # waits until the steps are gone: they must not outlive the command, nor cost anything
            raise
        # The wait was interrupted, not the run: waiting again returns at once, with the run as it is now.
        runs.detach(run)
        ended = runs.wait(run, show)
    finally:
        display.stop()
    if ended.status not in ("completed", "running"):
        raise OperationError(_explain(ended, failed))
    return ended


def _show(display: console.StepDisplay, explain: bool, failed: list[str], event: StepEvent) -> None:
    """Show the event; a step that failed is added to `failed`."""
    if event.state == "failed":
        failed.append(event.step)
    if event.state == "started":
        display.start(event.step)
    elif event.state == "working":
        display.tell(event.step, event.note)
    else:
        result: console.Result = "done" if event.state == "completed" else event.state
        display.end(event.step, result, event.note, event.reason if explain else "", event.seconds)


def _explain(run: Run, failed: Sequence[str]) -> str:
    """Show what the validations found; say why the run failed, of which the first of the `failed` steps is the cause.

    Bad data fail a step like any error; their table says more than the end of the step's log.
    """
    try:
        require_valid(run.folder, VALIDATIONS)
    except OperationError as error:
        return str(error) if failed[:1] and failed[0] in VALIDATIONS else f"{error}\n{run.failure}"
    return run.failure


def _is_left_running(run: Run) -> bool:
    """Ask, where there is somebody to ask; an agent that is stopped must not leave costs behind."""
    if not sys.stdin.isatty():
        return False
    console.say(f"Run {run.id} goes on in the workspace.")
    try:
        return input("Cancel it, or leave it running? [c/l] ").strip().lower().startswith("l")
    except (EOFError, KeyboardInterrupt):  # a second Ctrl-C means what the first one meant
        return False


def find_done(runs: Runs, steps: Sequence[Step], folders: Mapping[str, Path]) -> Run | None:
    """Find the newest run that has done these steps, and whose outputs are still what they wrote.

    Others are passed over with a word: from a damaged file, wrong numbers would be computed without one.
    """
    for run in runs.find_same(steps, folders):
        try:
            require_outputs(run, (name for step in steps for name in step.outputs.values()), "It is done again.")
            return run
        except OperationError as error:
            console.say(f"Run {run.id} did this before and is passed over: {error}")
    return None


def show_reused(steps: Sequence[Step]) -> None:
    """Show steps that an earlier run has done."""
    display = console.StepDisplay()
    for step in steps:
        display.end(step.name, "reused")
