"""Runs on this machine: a folder each, with a log for every step, and a record of how it ended."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends import Listener
from operation.execution.backends.local.processes import Processes
from operation.execution.configuration import ROOT
from operation.execution.files import read_json, write_json
from operation.execution.values import Run, RunStatus, Step

SCRIPTS = ROOT / "src"
RECORD = "run.json"


class Runs:
    """The runs under one folder. An id is the time of the start, so ids sort by age."""

    def __init__(self, folder: Path, scripts: Path = SCRIPTS) -> None:
        """Touch nothing yet. The steps' scripts are in the folder `scripts`."""
        self._folder, self._scripts = folder, scripts
        self._working: dict[str, Processes] = {}

    def start(self, steps: Sequence[Step], folders: Mapping[str, Path], run: Run | None) -> Run:
        """Start the steps in a new run, which begins with a copy of what `run` put out."""
        started = self._new()
        if run:
            shutil.copytree(run.folder, started.folder, dirs_exist_ok=True)
        known = {step.name: step for step in [*(self.steps(run) if run else ()), *steps]}
        _write(started, known.values())
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: str(folders.get(name, started.folder / name)) for name in names}

        def keep(ended: Run) -> None:
            _write(ended, known.values())

        self._working[started.id] = Processes(started, steps, places, self._scripts, keep)
        return started

    def wait(self, run: Run, listener: Listener) -> Run:
        """Pass on what happens until the run has ended."""
        events = self._working[run.id].events
        while not isinstance(event := events.get(), Run):
            listener(event)
        return event

    def cancel(self, run: Run) -> None:
        """Stop the step at work; a run that has ended stays as it is."""
        self._working[run.id].cancel()

    def find(self, run_id: str | None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""
        if run_id is not None:
            return self._read(run_id) if (self._folder / run_id / RECORD).is_file() else None
        ids = sorted((path.parent.name for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        return next((run for run in map(self._read, ids) if run.status == "completed"), None)

    def steps(self, run: Run) -> list[Step]:
        """The steps whose outputs the run holds, in order."""
        return [_step(**step) for step in read_json(run.folder / RECORD)["steps"]]

    def _new(self) -> Run:
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        folder = self._folder / run_id
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise OperationError(
                f"Cannot write runs to {self._folder}: {error.strerror}. Set backend.outputs to a folder you may write."
            ) from error
        return Run(run_id, "running", folder)

    def _read(self, run_id: str) -> Run:
        record = read_json(self._folder / run_id / RECORD)
        status: RunStatus = record["status"]
        return Run(run_id, status, self._folder / run_id, record["failure"])


def _write(run: Run, steps: Iterable[Step]) -> None:
    record = {"status": run.status, "failure": run.failure, "steps": [asdict(step) for step in steps]}
    write_json(run.folder / RECORD, record)


def _step(arguments: Mapping[str, Sequence[str]], **values: Any) -> Step:
    """JSON has lists only, and a step's words are tuples."""
    return Step(arguments={option: tuple(words) for option, words in arguments.items()}, **values)
