"""Runs on this machine: one folder each, one process a step, one log a step."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from operation.errors import OperationError
from operation.execution.backends import Listener
from operation.execution.configuration import ROOT
from operation.execution.files import read_json, write_json
from operation.execution.values import Run, RunStatus, Step, StepEvent

SCRIPTS = ROOT / "src"
LOG_LINES = 20


class _Execution:
    """The steps of one run at work in a thread, which ends after the last step or the first that fails."""

    def __init__(self, run: Run, steps: Sequence[Step], folders: Mapping[str, str]) -> None:
        self.events: SimpleQueue[StepEvent | Run] = SimpleQueue()
        self._run, self._steps, self._folders = run, steps, folders
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = Event()
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        self._cancelled.set()
        if self._process:
            self._process.terminate()
        self._thread.join()

    def _work(self) -> None:
        try:
            self.events.put(self._ended())
        except OSError as error:  # a full disk, say: the thread must still tell how it ended
            self.events.put(replace(self._run, status="failed", failure=f"The steps could not be run: {error}."))

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
            command = [sys.executable, str(SCRIPTS / step.script), *step.argv(self._folders)]
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


class Runs:
    """The runs under one folder; `run.json` in each says how it ended."""

    def __init__(self, folder: Path) -> None:
        """Touch nothing yet."""
        self._folder = folder
        self._executions: dict[str, _Execution] = {}

    def start(self, steps: Sequence[Step], folders: Mapping[str, Path], run: Run | None) -> Run:
        """Start the steps in a new run, which begins with a copy of what `run` put out."""
        started = self._new()
        if run:
            shutil.copytree(run.folder, started.folder, dirs_exist_ok=True)
        self._write(started, [*(self.steps(run) if run else ()), *steps])
        places = {name: str(path) for name, path in folders.items()}
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places |= {name: str(started.folder / name) for name in names - places.keys()}
        self._executions[started.id] = _Execution(started, steps, places)
        return started

    def wait(self, run: Run, listener: Listener) -> Run:
        """Pass on what happens until the run has ended."""
        events = self._executions[run.id].events
        while not isinstance(event := events.get(), Run):
            listener(event)
        del self._executions[run.id]
        self._write(event, self.steps(event))
        return event

    def cancel(self, run: Run) -> None:
        """Stop the step at work; a run that has ended stays as it is."""
        if execution := self._executions.pop(run.id, None):
            execution.cancel()
            self._write(replace(run, status="cancelled"), self.steps(run))

    def find(self, run_id: str | None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""
        if run_id is not None:
            return self._read(run_id) if (self._folder / run_id / "run.json").is_file() else None
        ids = sorted((path.parent.name for path in self._folder.glob("*/run.json")), reverse=True)
        return next((run for run in map(self._read, ids) if run.status == "completed"), None)

    def steps(self, run: Run) -> list[Step]:
        """The steps that were submitted in the run, in order."""
        return [Step(**step) for step in read_json(run.folder / "run.json")["steps"]]

    def _new(self) -> Run:
        # Sorts by time; the suffix keeps two runs of one second apart.
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        folder = self._folder / run_id
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise OperationError(
                f"Cannot write runs to {self._folder}: {error.strerror}. Set backend.outputs to a folder you may write."
            ) from error
        return Run(run_id, "running", folder)

    def _read(self, run_id: str) -> Run:
        record = read_json(self._folder / run_id / "run.json")
        status: RunStatus = record["status"]
        return Run(run_id, status, self._folder / run_id, record["failure"])

    def _write(self, run: Run, steps: Sequence[Step]) -> None:
        latest = {step.name: step for step in steps}
        record = {"status": run.status, "failure": run.failure, "steps": [asdict(step) for step in latest.values()]}
        write_json(run.folder / "run.json", record)
