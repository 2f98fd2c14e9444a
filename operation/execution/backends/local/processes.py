"""The steps of one run at work: a process each, one after the other, watched by a thread."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from operation.execution.values import Run, Step, StepEvent

LOG_LINES = 20


class Processes:
    """Ends after the last step or the first that fails; `events` tells what happens, and last the ended run.

    `folders` says where the steps' inputs and outputs are, `scripts` where their scripts are, and `keep` is called with
    the ended run before anybody hears of it.
    """

    def __init__(
        self,
        run: Run,
        steps: Sequence[Step],
        folders: Mapping[str, str],
        scripts: Path,
        keep: Callable[[Run], None],
    ) -> None:
        """Start at once."""
        self.events: SimpleQueue[StepEvent | Run] = SimpleQueue()
        self._run, self._steps, self._folders, self._scripts, self._keep = run, steps, folders, scripts, keep
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Stop the step at work, and wait until all is over."""
        self._cancelled.set()
        if self._process:
            self._process.terminate()
        self._thread.join()

    def _work(self) -> None:
        try:
            ended = self._ended()
            self._keep(ended)
        except OSError as error:  # a full disk, say: whoever waits must still hear of the end
            ended = replace(self._run, status="failed", failure=f"The steps could not be run: {error}.")
        self.events.put(ended)

    def _ended(self) -> Run:
        for step in self._steps:
            code = self._execute(step)
            if self._cancelled.is_set():
                return replace(self._run, status="cancelled", failure=f"Step {step.name} was cancelled.")
            if code:
                return replace(self._run, status="failed", failure=self._failure(step, code))
        return replace(self._run, status="completed")

    def _execute(self, step: Step) -> int:
        self.events.put(StepEvent(step.name, "started"))
        for name in step.outputs.values():  # what an earlier run put out, where this one began with a copy of it
            shutil.rmtree(self._folders[name], ignore_errors=True)
        with self._log(step).open("wb") as log:
            command = [sys.executable, str(self._scripts / step.script), *step.argv(self._folders)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            if self._cancelled.is_set():  # between the last look and the start of this process
                self._process.terminate()
            code = self._process.wait()
        lines = self._lines(step)
        note = lines[-1] if lines and not code else ""
        self.events.put(StepEvent(step.name, "failed" if code else "completed", note))
        return code

    def _failure(self, step: Step, code: int) -> str:
        head = f"Step {step.name} failed with exit code {code}:"
        return "\n".join([head, *self._lines(step)[-LOG_LINES:], f"The whole log: {self._log(step)}"])

    def _lines(self, step: Step) -> list[str]:
        return self._log(step).read_text(encoding="utf-8", errors="replace").splitlines()

    def _log(self, step: Step) -> Path:
        return self._run.folder / f"{step.name}.log"
