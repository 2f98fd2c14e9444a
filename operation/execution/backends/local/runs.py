"""Runs on this machine: a folder each, with a log for every step, and a record of how it ended."""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener, name_of_run, scores_only
from operation.execution.backends.local.run_record import FORM, RECORD, Record, read
from operation.execution.backends.local.tracking import Tracking
from operation.execution.json_files import write_json
from operation.execution.steps.recipe import Recipe, hash_folder, recipe_of
from operation.execution.steps.scheduler import Execution, Machine, Work
from operation.execution.values import SWEEP, Leftover, Run, Step, StepEvent

ID = re.compile(r"\d{8}-\d{6}-\d{6}")
KILLED = "The command was killed while the run was at work."


class Runs:
    """The runs under one folder. An id is the time of the start, so ids sort by age."""

    def __init__(self, folder: Path, machine: Machine, tracking: Tracking | None = None) -> None:
        """Touch nothing yet. `tracking` shows ended runs to people; with None, they are in their folders alone."""
        self._folder, self._machine, self._tracking = folder, machine, tracking
        self._working: dict[str, Execution] = {}
        self._damaged: set[Path] = set()  # named once each

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """Say nothing: nothing is sent anywhere."""
        del steps
        return {}

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps in a new run, each a process of its own."""
        begun = self._new()
        if run:
            shutil.copytree(run.folder, begun.folder, dirs_exist_ok=True)
        for name, content in files.items():
            write_json(begun.folder / name, content)
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: folders.get(name, begun.folder / name) for name in names}
        recipes = self._recipes(steps, places)
        before = read(begun.folder) if run else Record(begun, [])  # the copy brought the earlier run's record along
        known = {step.name: step for step in [*before.steps, *steps]}

        def keep(ended: Run) -> None:
            moment = "" if ended.status == "running" else datetime.now(UTC).isoformat(timespec="milliseconds")
            Record(ended, list(known.values()), {**before.recipes, **recipes}, tags, moment).write()

        keep(begun)  # so that a run whose process is killed is found, as one that is still running
        # MLflow takes seconds to start. They are hidden in the moment in which a core has nothing else to do.
        idle = self._tracking.warm_up if self._tracking else lambda: None
        self._working[begun.id] = Execution(begun, Work(steps, recipes, places, reuse), self._machine, keep, idle)
        return begun

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Find completed runs of the same steps by the same recipes, newest first, whatever inputs `ignoring` held."""

        def general(recipes: Mapping[str, Recipe]) -> dict[str, Recipe]:
            return {name: recipe.without(ignoring) for name, recipe in recipes.items()}

        wanted = general(self._recipes(steps, folders))
        return (record.run for record in self._completed() if general(record.recipes) == wanted)

    def wait(self, run: Run, listener: Listener) -> Run:
        """Report what happens until the run has ended, then record it; a run of another command must have ended.

        Raises:
            OperationError: it has not.
        """
        if run.id not in self._working:
            # Its steps are processes of the other command: from here nobody could follow them, or know that they live.
            if run.status == "running":
                raise OperationError(f"Run {run.id} is at work in another command, or was killed with it.")
            return run
        events = self._working[run.id].events
        while not isinstance(event := events.get(), Run):
            if isinstance(event, Exception):
                raise event
            listener(event)
        if self._tracking:  # after the end, so that a database that fails cannot take the run along
            listener(StepEvent("record", "started"))
            self._tracking.record(read(event.folder))
            listener(StepEvent("record", "completed", f"run {event.id}"))
        return event

    def cancel(self, run: Run) -> None:
        """Stop the processes of the steps at work; a run that has ended stays as it is."""
        self._working[run.id].cancel()

    def can_detach(self, run: Run) -> bool:
        """Return False: the steps are processes of this one."""
        del run
        return False

    def detach(self, run: Run) -> None:
        """Raise: the steps are processes of this one."""
        raise OperationError(
            f"Run {run.id} is at work on this machine and ends with its command. Runs of a workspace go on without it, "
            "for instance those of --environment dev."
        )

    def find(self, run_id: str | None = None) -> Run | None:
        """Find the run of that id; without one, the latest that has completed and is none that only scored rows."""
        if run_id is not None:
            name = name_of_run(self._folder, run_id)
            return read(self._folder / name).run if self._is_here(name) else None
        return next((record.run for record in self._completed() if not scores_only(record.steps)), None)

    def mlflow_id(self, run: Run) -> str | None:
        """Find MLflow's own id of the run; None if it is none of ours.

        A process that was killed between the end of its run and the recording left the run unrecorded: it is recorded
        now.
        """
        if self._tracking is None:
            return None
        found = self._tracking.find(run)
        if found is None and self._is_here(run.id):
            self._tracking.record(read(self._folder / run.id))
            found = self._tracking.find(run)
        return found

    def note(self, run: Run, tags: Mapping[str, str]) -> None:
        """Add tags to what MLflow shows of the run."""
        mlflow_id = self.mlflow_id(run)
        if self._tracking and mlflow_id:
            self._tracking.tag(mlflow_id, tags)

    def leftovers(self) -> Iterator[Leftover]:
        """Find runs whose command was killed, and those that it was showing in MLflow; no other command may be at work.

        Runs of a workspace, which go on without their command, have ids of another form.
        """
        for folder in (
            file.parent for file in sorted(self._folder.glob(f"*/{RECORD}")) if ID.fullmatch(file.parent.name)
        ):
            record = self._read(folder)
            if record and record.run.status == "running":
                yield Leftover(f"run {folder.name} (cancelled)", partial(_end, record))
        for run_id, mlflow_id in self._tracking.unfinished() if self._tracking else ():
            yield Leftover(f"run {run_id} in MLflow", partial(self._finish_recording, run_id, mlflow_id))

    def _finish_recording(self, run_id: str, mlflow_id: str) -> None:
        if not self._tracking or not (ID.fullmatch(run_id) or run_id.startswith(SWEEP)):
            return None
        try:
            if record := self._read(self._folder / run_id) if self._is_here(run_id) else None:
                return self._tracking.record(record)
        except OperationError as error:  # a damaged output of a dead run must not stop all later commands
            console.say(f"Run {run_id} is killed, as MLflow shows it: {error}")
        self._tracking.give_up(mlflow_id)

    def _recipes(self, steps: Sequence[Step], places: Mapping[str, Path]) -> dict[str, Recipe]:
        """Make a recipe for each step, by its name, with hashes of the inputs that no step writes."""
        made = {name for step in steps for name in step.outputs.values()}
        inputs = {name for step in steps for name in step.inputs.values()} - made
        hashes = {name: hash_folder(places[name]) for name in inputs if name in places}
        return {step.name: recipe_of(step, hashes, self._machine.root) for step in steps}

    def _completed(self) -> Iterator[Record]:
        folders = sorted((path.parent for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        return (record for record in filter(None, map(self._read, folders)) if record.run.status == "completed")

    def _read(self, folder: Path) -> Record | None:
        """Read the record of a run that nobody has asked for: a damaged one must not stop all later commands."""
        try:
            return read(folder)
        except OperationError as error:
            if folder not in self._damaged:
                self._damaged.add(folder)
                console.say(f"Passed over a run: {error}")
            return None

    def _is_here(self, run_id: str) -> bool:
        return (self._folder / run_id / RECORD).exists()  # a folder of that name is a damaged record

    def _new(self) -> Run:
        run_id = _next_id(self._folder)
        folder = self._folder / run_id
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise OperationError(
                f"Cannot write runs to {self._folder}: {error.strerror}. Set backend.outputs to a folder you may write."
            ) from error
        return Run(run_id, "running", folder)


def _next_id(folder: Path) -> str:
    """Make the id of a run of now. The newest run is the one of the last id, even if the clock has been set back."""
    ids = [found.group() for path in folder.glob("*") if (found := ID.match(path.name))]
    moment = datetime.now(UTC)
    if ids and (last := max(ids)) >= f"{moment:{FORM}}":
        with suppress(ValueError, OverflowError):  # digits that are no time, which nobody but a person has written
            moment = datetime.strptime(last, FORM).replace(tzinfo=UTC) + timedelta(microseconds=1)
    return f"{moment:{FORM}}"


def _end(record: Record) -> None:
    replace(record, run=replace(record.run, status="cancelled", failure=KILLED)).write()
