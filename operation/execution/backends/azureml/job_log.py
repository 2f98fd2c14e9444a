"""Read from a job's log how its steps are doing. Pure."""

from collections.abc import Sequence
from pathlib import Path

from operation.execution.values import StepEvent

JOB_LOG = "job.log"  # our copy of it, in the run's folder
LOG_LINES = 20


class JobLog:
    """A log that grows: each time the whole of it is read, and only what is new is reported.

    The service gives a log as a whole, not from a position. All that a step prints stands between the two lines that
    `src/job.py` prints around it; these begin with a mark that holds the run's id, so no script prints one by chance.
    """

    def __init__(self, mark: str) -> None:
        """`mark` begins the lines that `src/job.py` itself printed."""
        self._mark = mark
        self._read = 0
        self._step = ""
        self.lines: dict[str, list[str]] = {}
        self.failed: tuple[str, int] | None = None

    def read(self, log: str, ended: bool = False) -> list[StepEvent]:
        """Report what has happened since the last time.

        A last line without its end is still being written: it waits for the next time, unless the job has `ended`.
        """
        lines = log.splitlines()
        if lines and not ended and not log.endswith("\n"):
            lines.pop()
        # A log may come back shorter than before, when the service was slow to answer: nothing is read twice.
        new, self._read = lines[self._read :], max(self._read, len(lines))
        events = [event for line in new if (event := self._parse(line))]
        at_work = new and self._step and self.lines[self._step]
        return [*events, StepEvent(self._step, "working", self._note(self._step))] if at_work else events

    def stop(self) -> list[StepEvent]:
        """Report the step at work, if there is one, as stopped: the job has ended, and the step has not said so."""
        step, self._step = self._step, ""
        return [StepEvent(step, "stopped")] if step else []

    def failure(self, reason: str, folder: Path, page: str) -> str:
        """Explain why the job failed, with the last lines of the step that did.

        `reason` is the service's own word, the logs of steps are in the `folder`, and all logs are on the `page`, if
        the workspace has pages.
        """
        if not self.failed:
            outside = self.lines.get("", [])[-LOG_LINES:]
            logs = page or str(folder / JOB_LOG)
            return "\n".join([f"The job failed outside its steps: {reason}", *outside, f"All its logs: {logs}"])
        step, code = self.failed
        head = f"Step {step} failed with exit code {code}:"
        return "\n".join([head, *self.lines[step][-LOG_LINES:], f"The whole log: {folder / f'{step}.log'}"])

    def _parse(self, line: str) -> StepEvent | None:
        words = line.split()
        if len(words) < 3 or words[0] != self._mark:
            self.lines.setdefault(self._step, []).append(line)
            return None
        step, state, *numbers = words[1:]
        self._step = step if state == "started" else ""
        self.lines.setdefault(step, [])
        if state == "started":
            return StepEvent(step, "started")
        if state == "failed":
            self.failed = step, int(numbers.pop(0))
        seconds = float(numbers[0]) if numbers else None  # jobs of earlier versions do not say
        if state == "failed":
            return StepEvent(step, "failed", seconds=seconds)
        return StepEvent(step, "completed", self._note(step), seconds=seconds)

    def _note(self, step: str) -> str:
        return _last(self.lines[step])


def _last(lines: Sequence[str]) -> str:
    return lines[-1] if lines else ""
