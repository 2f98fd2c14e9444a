"""What a job's log tells of its steps. Pure."""

from collections.abc import Sequence
from pathlib import Path

from operation.execution.values import StepEvent

LOG_LINES = 20


class Progress:
    """Reads a log that grows: each time the whole of it, and tells what is new."""

    def __init__(self, mark: str) -> None:
        """`mark` begins the lines that `src/job.py` itself printed."""
        self._mark = mark
        self._read = 0
        self._step = ""
        self.lines: dict[str, list[str]] = {}
        self.failed: tuple[str, int] | None = None

    def read(self, log: str, ended: bool = False) -> list[StepEvent]:
        """What has happened since the last time; a line that is still being written waits, unless the job has ended."""
        lines = log.splitlines()
        if lines and not ended and not log.endswith("\n"):
            lines.pop()
        new, self._read = lines[self._read :], max(self._read, len(lines))
        events = [event for line in new if (event := self._event(line))]
        at_work = new and self._step and self.lines[self._step]
        return [*events, StepEvent(self._step, "working", self._note(self._step))] if at_work else events

    def stop(self) -> list[StepEvent]:
        """The step at work was stopped, if there is one."""
        step, self._step = self._step, ""
        return [StepEvent(step, "stopped")] if step else []

    def failure(self, reason: str, folder: Path, page: str) -> str:
        """Why the job failed, as people need it.

        `reason` is the service's own word, the logs of steps are in the `folder`, and all logs are on the `page`.
        """
        if not self.failed:
            outside = self.lines.get("", [])[-LOG_LINES:]
            return "\n".join([f"The job failed outside its steps: {reason}", *outside, f"All its logs: {page}"])
        step, code = self.failed
        head = f"Step {step} failed with exit code {code}:"
        return "\n".join([head, *self.lines[step][-LOG_LINES:], f"The whole log: {folder / f'{step}.log'}"])

    def _event(self, line: str) -> StepEvent | None:
        words = line.split()
        if len(words) < 3 or words[0] != self._mark:
            self.lines.setdefault(self._step, []).append(line)
            return None
        step, state, *code = words[1:]
        self._step = step if state == "started" else ""
        self.lines.setdefault(step, [])
        if state == "failed":
            self.failed = step, int(code[0])
            return StepEvent(step, "failed")
        return StepEvent(step, "started") if state == "started" else StepEvent(step, "completed", self._note(step))

    def _note(self, step: str) -> str:
        return _last(self.lines[step])


def _last(lines: Sequence[str]) -> str:
    return lines[-1] if lines else ""
