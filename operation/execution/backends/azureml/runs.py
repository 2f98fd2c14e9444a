"""Runs as this machine knows them: a folder each, with what the job put out, its logs, and how it ended."""

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.backends.azureml import shared, translate
from operation.execution.backends.azureml.execution import Execution
from operation.execution.backends.azureml.record import RECORD, Record, Work, read
from operation.execution.backends.azureml.remote import JOB_LOG, Remote
from operation.execution.json_files import write_json
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Run, Step

ID = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{6}")


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
            self._begin_with(earlier.id, run.folder)
        for name, content in files.items():
            write_json(run.folder / name, content)
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: folders.get(name, run.folder / name) for name in sorted(names)}
        record = Record(run, Work(steps, places, reuse, dict(tags), earlier.id if earlier else None))
        record.write(run.folder)
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
        """The run of that id, brought here if another clone has started it.

        Without an id, the latest here that has completed; where there is none, the latest of the experiment.
        """
        if run_id is not None:
            return self._read(run_id).run if self._is_here(run_id) else self._bring(run_id)
        here = sorted((path.parent.name for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        completed = (run for run in (self._read(each).run for each in here) if run.status == "completed")
        return next(completed, None) or self._latest()

    def _latest(self) -> Run | None:
        found = (self.find(run_id) for run_id in self._remote.completed())
        return next((run for run in found if run and run.status == "completed"), None)

    def _execute(self, record: Record, taken_up: bool) -> None:
        def keep(ended: Run) -> None:
            Record(ended, record.work).write(ended.folder)

        self._working[record.run.id] = Execution(record.run, record.work, self._machine, self._remote, keep, taken_up)

    def _bring(self, run_id: str) -> Run | None:
        """The run as another clone has left it in the workspace; None if it is none of ours.

        Raises:
            OperationError: it began with what a run put out that is gone.
        """
        job = self._remote.find_ours(run_id) if ID.fullmatch(run_id) else None
        if job is None or not (found := shared.find(self._remote.connection, job)):
            return None
        work = found.record.work
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".found-") as part:
            folder = Path(part, run_id)
            folder.mkdir()
            if work.earlier:
                self._begin_with(work.earlier, folder)
            shared.fetch(self._remote.connection, job, found, folder)
            if found.record.run.status == "completed":
                self._remote.fetch(job, translate.split(work.steps).sent, folder)
            folder.replace(self._folder / run_id)
        return self._read(run_id).run

    def _begin_with(self, earlier: str, folder: Path) -> None:
        run = self.find(earlier)
        if run is None:
            raise OperationError(f"Run {folder.name} began with what run {earlier} put out, and that is gone.")
        shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns(RECORD, JOB_LOG), dirs_exist_ok=True)

    def _is_here(self, run_id: str) -> bool:
        return (self._folder / run_id / RECORD).is_file()

    def _read(self, run_id: str) -> Record:
        return read(self._folder / run_id)
