"""Runs as this machine knows them: a folder each, with the job's outputs, its logs, and how it ended."""

import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener, name_of_run, scores_only
from operation.execution.backends.azureml import job_definition, job_plan, shared_records
from operation.execution.backends.azureml.job_log import JOB_LOG
from operation.execution.backends.azureml.jobs import Jobs
from operation.execution.backends.azureml.run_execution import RunExecution
from operation.execution.backends.azureml.run_record import RECORD, Record, Work, read
from operation.execution.json_files import write_json
from operation.execution.steps.scheduler import Machine
from operation.execution.values import Run, Step

ID = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{6}")


class Runs:
    """The runs under one folder. An id begins with the time of the start, so ids sort by age."""

    def __init__(self, folder: Path, machine: Machine, jobs: Jobs, stays: bool = True) -> None:
        """Touch nothing yet. No run can be detached from a workspace that does not stay when this command ends."""
        self._folder, self._machine, self._jobs, self._stays = folder, machine, jobs, stays
        self._working: dict[str, RunExecution] = {}

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """Describe files, environment, cluster and cost of the job."""
        return job_plan.describe(self._jobs, steps)

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps: the core scripts as one job in the workspace, the others here, before or after it.

        A job always runs; `reuse` is about the steps that run here.

        Raises:
            OperationError: a job could not be sent; then there is no run.
        """
        self._jobs.check()  # before there is a folder: a run that could not start leaves nothing
        # The id is the job's name in the workspace, where other clones submit too: the time alone might be taken.
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{uuid4().hex[:6]}"
        begun = Run(run_id, "running", self._folder / run_id)
        begun.folder.mkdir(parents=True)
        if run:
            self._begin_with(run.id, begun.folder)
        for name, content in files.items():
            write_json(begun.folder / name, content)
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: folders.get(name, begun.folder / name) for name in sorted(names)}
        record = Record(begun, Work(steps, places, reuse, dict(tags), run.id if run else None))
        record.write(begun.folder)
        self._execute(record, taken_up=False)
        return begun

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Find nothing: whether a job would do the same again is not known here."""
        del steps, folders, ignoring
        return iter(())

    def wait(self, run: Run, listener: Listener) -> Run:
        """Report what happens until the run has ended; one that another process started is taken up."""
        if run.id not in self._working:
            record = self._read(run.id)
            if record.run.status != "running":
                return record.run
            # The record says running, and nobody here works on it: the command that started it has left it, was killed,
            # or is of another clone. Whatever it was, the job says how far it is.
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
            self._execute(record, taken_up=True)  # only what is watched can be seen to have ended
        self._working[run.id].cancel()

    def can_detach(self, run: Run) -> bool:
        """Say whether the job is sent to a workspace that stays."""
        return self._stays and self._working[run.id].can_detach()

    def detach(self, run: Run) -> None:
        """Let `wait` return as soon as the job is sent.

        Raises:
            OperationError: the workspace ends with this command.
        """
        if not self._stays:
            raise OperationError(
                f"Run {run.id} ends with this command, as its workspace does. Start a workspace that stays, in another "
                "shell, and give the command there: invoke emulator"
            )
        self._working[run.id].detach()

    def find(self, run_id: str | None = None) -> Run | None:
        """Find the run of that id, and fetch it if another clone has started it.

        Without an id, the latest here that has completed; where there is none, the latest of the experiment. One that
        only scored rows is neither.
        """
        if run_id is not None:
            name = name_of_run(self._folder, run_id)
            return self._read(name).run if self._is_here(name) else self._bring(name)
        here = sorted((path.parent.name for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        return (
            next((run for run in (self._read(each).run for each in here) if self._counts(run)), None) or self._latest()
        )

    def _latest(self) -> Run | None:
        found = (self.find(run_id) for run_id in self._jobs.completed())
        return next((run for run in found if run and self._counts(run)), None)

    def _counts(self, run: Run) -> bool:
        return run.status == "completed" and not scores_only(self._read(run.id).work.steps)

    def _execute(self, record: Record, taken_up: bool) -> None:
        def keep(ended: Run) -> None:
            Record(ended, record.work).write(ended.folder)

        self._working[record.run.id] = RunExecution(record.run, record.work, self._machine, self._jobs, keep, taken_up)

    def _bring(self, run_id: str) -> Run | None:
        """Fetch the run as another clone has left it in the workspace; None if no clone of this project sent it.

        It is gathered in a folder beside, which takes its name at the end: a folder of a run is whole or not there.

        Raises:
            OperationError: it began with the outputs of a run that is gone.
        """
        job = self._jobs.find_ours(run_id) if ID.fullmatch(run_id) else None
        if job is None or not (found := shared_records.find(self._jobs.connection, job)):
            return None
        work = found.record.work
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".found-") as part:
            folder = Path(part, run_id)
            folder.mkdir()
            if work.earlier:
                self._begin_with(work.earlier, folder)
            shared_records.fetch(self._jobs.connection, job, found, folder)
            if found.record.run.status == "completed":
                self._jobs.fetch(job, job_definition.split(work.steps).sent, folder)
            folder.replace(self._folder / run_id)
        return self._read(run_id).run

    def _begin_with(self, earlier: str, folder: Path) -> None:
        run = self.find(earlier)
        if run is None:
            raise OperationError(f"Run {folder.name} began with the outputs of run {earlier}, and that is gone.")
        shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns(RECORD, JOB_LOG), dirs_exist_ok=True)

    def _is_here(self, run_id: str) -> bool:
        return (self._folder / run_id / RECORD).is_file()

    def _read(self, run_id: str) -> Record:
        return read(self._folder / run_id)
