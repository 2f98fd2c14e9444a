"""Runs as this machine knows them: a folder each, with what the job put out, its logs, and how it ended."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.backends.azureml.execution import Execution, Work
from operation.execution.backends.azureml.remote import JOB_LOG, Remote
from operation.execution.files import read_json, write_json
from operation.execution.steps.execution import Machine
from operation.execution.values import Run, Step

RECORD = "azureml.json"  # not the local backend's name: both may have runs in one folder


@dataclass(frozen=True)
class Record:
    """What a run's folder remembers of it: enough to take it up again from another process."""

    run: Run
    work: Work


class Runs:
    """The runs under one folder. An id begins with the time of the start, so ids sort by age."""

    def __init__(self, folder: Path, machine: Machine, remote: Remote) -> None:
        """Touch nothing yet."""
        self._folder, self._machine, self._remote = folder, machine, remote
        self._working: dict[str, Execution] = {}

    def start(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        earlier: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps in a new run, which begins with a copy of what `earlier` put out, and with the files.

        Raises:
            OperationError: a job could not be sent; then there is no run.
        """
        self._remote.check()
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{uuid4().hex[:6]}"
        run = Run(run_id, "running", self._folder / run_id)
        run.folder.mkdir(parents=True)
        if earlier:
            former = shutil.ignore_patterns(RECORD, JOB_LOG)
            shutil.copytree(earlier.folder, run.folder, ignore=former, dirs_exist_ok=True)
        for name, content in files.items():
            write_json(run.folder / name, content)
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: folders.get(name, run.folder / name) for name in sorted(names)}
        record = Record(run, Work(steps, places, reuse, dict(tags)))
        _write(record)
        self._execute(record, taken_up=False)
        return run

    def wait(self, run: Run, listener: Listener) -> Run:
        """Pass on what happens until the run has ended; one that another process started is taken up."""
        if run.id not in self._working:
            record = self._read(run.id)
            if record.run.status != "running":
                return record.run
            self._execute(record, taken_up=True)
        events = self._working[run.id].events
        while not isinstance(event := events.get(), Run):
            if isinstance(event, Exception):
                raise event
            listener(event)
        return event

    def cancel(self, run: Run) -> None:
        """Stop the job and the steps at work here; a run that has ended stays as it is."""
        if run.id not in self._working:
            record = self._read(run.id)
            if record.run.status != "running":
                return
            self._execute(record, taken_up=True)
        self._working[run.id].cancel()

    def detach(self, run: Run) -> None:
        """Let `wait` return as soon as the job is sent."""
        self._working[run.id].detach()

    def can_detach(self, run: Run) -> bool:
        """Whether the job is sent."""
        return self._working[run.id].can_detach()

    def find(self, run_id: str | None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""
        if run_id is not None:
            return self._read(run_id).run if (self._folder / run_id / RECORD).is_file() else None
        ids = sorted((path.parent.name for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        return next((run for run in (self._read(each).run for each in ids) if run.status == "completed"), None)

    def _execute(self, record: Record, taken_up: bool) -> None:
        def keep(ended: Run) -> None:
            _write(Record(ended, record.work))

        self._working[record.run.id] = Execution(record.run, record.work, self._machine, self._remote, keep, taken_up)

    def _read(self, run_id: str) -> Record:
        values = read_json(self._folder / run_id / RECORD)
        return Record(_run(values["run"], self._folder / run_id), _work(values["work"]))


def _write(record: Record) -> None:
    values = asdict(record)
    del values["run"]["folder"]  # it is where the record is
    values["work"]["places"] = {name: str(place) for name, place in record.work.places.items()}
    write_json(record.run.folder / RECORD, values)


def _run(values: Mapping[str, Any], folder: Path) -> Run:
    return Run(values["id"], values["status"], folder, values["failure"])


def _work(values: Mapping[str, Any]) -> Work:
    steps = [_step(step) for step in values["steps"]]
    return Work(steps, {name: Path(place) for name, place in values["places"].items()}, values["reuse"], values["tags"])


def _step(values: Mapping[str, Any]) -> Step:
    arguments = {option: tuple(words) for option, words in values["arguments"].items()}
    return Step(**{**values, "arguments": arguments, "files": tuple(values["files"])})
