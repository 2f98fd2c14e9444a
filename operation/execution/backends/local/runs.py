"""Runs on this machine: a folder each, with a log for every step, and a record of how it ended."""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.json_files import read_json, write_json
from operation.execution.steps.recipe import Recipe, hash_folder, recipe_of
from operation.execution.steps.scheduler import Execution, Machine, Work
from operation.execution.values import Run, RunStatus, Step

RECORD = "run.json"


@dataclass(frozen=True)
class Record:
    """What a run's folder remembers of it; `recipes` know the inputs that came from outside the run."""

    run: Run
    steps: Sequence[Step]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Runs:
    """The runs under one folder. An id is the time of the start, so ids sort by age."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        """Touch nothing yet."""
        self._folder, self._machine = folder, machine
        self._working: dict[str, Execution] = {}

    def start(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        earlier: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
        idle: Callable[[], None] = lambda: None,
    ) -> Run:
        """Start the steps in a new run, which begins with a copy of what `earlier` put out, and with the files."""
        run = self._new()
        if earlier:
            shutil.copytree(earlier.folder, run.folder, dirs_exist_ok=True)
        for name, content in files.items():
            write_json(run.folder / name, content)
        names = {name for step in steps for name in (*step.inputs.values(), *step.outputs.values())}
        places = {name: folders.get(name, run.folder / name) for name in names}
        recipes = self._recipes(steps, places)
        before = self._read(run.id) if earlier else Record(run, [])
        known = {step.name: step for step in [*before.steps, *steps]}

        def keep(ended: Run) -> None:
            _write(Record(ended, list(known.values()), {**before.recipes, **recipes}, tags))

        keep(run)
        self._working[run.id] = Execution(run, Work(steps, recipes, places, reuse), self._machine, keep, idle)
        return run

    def wait(self, run: Run, listener: Listener) -> Run:
        """Pass on what happens until the run has ended; one of another command must have ended already.

        Raises:
            OperationError: it has not.
        """
        if run.id not in self._working:
            if run.status == "running":
                raise OperationError(f"Run {run.id} is at work in another command, or was killed with it.")
            return run
        events = self._working[run.id].events
        while not isinstance(event := events.get(), Run):
            if isinstance(event, Exception):
                raise event
            listener(event)
        return event

    def cancel(self, run: Run) -> None:
        """Stop the steps at work; a run that has ended stays as it is."""
        self._working[run.id].cancel()

    def find(self, run_id: str | None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""
        if run_id is not None:
            return self._read(run_id).run if (self._folder / run_id / RECORD).is_file() else None
        return next((record.run for record in self._completed()), None)

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Completed runs of the same steps by the same recipes, newest first, whatever the inputs `ignoring` held."""

        def general(recipes: Mapping[str, Recipe]) -> dict[str, Recipe]:
            return {name: recipe.without(ignoring) for name, recipe in recipes.items()}

        wanted = general(self._recipes(steps, folders))
        return (record.run for record in self._completed() if general(record.recipes) == wanted)

    def steps(self, run: Run) -> Sequence[Step]:
        """The steps whose outputs the run holds, in order."""
        return self._read(run.id).steps

    def tags(self, run: Run) -> Mapping[str, str]:
        """What the run is tagged with."""
        return self._read(run.id).tags

    def _recipes(self, steps: Sequence[Step], places: Mapping[str, Path]) -> dict[str, Recipe]:
        """By the steps' names, with the inputs that none of the steps puts out."""
        made = {name for step in steps for name in step.outputs.values()}
        inputs = {name for step in steps for name in step.inputs.values()} - made
        hashes = {name: hash_folder(places[name]) for name in inputs if name in places}
        return {step.name: recipe_of(step, hashes, self._machine.root) for step in steps}

    def _completed(self) -> Iterator[Record]:
        ids = sorted((path.parent.name for path in self._folder.glob(f"*/{RECORD}")), reverse=True)
        return (record for record in map(self._read, ids) if record.run.status == "completed")

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

    def _read(self, run_id: str) -> Record:
        values = read_json(self._folder / run_id / RECORD)
        status: RunStatus = values["status"]
        recipes = {name: Recipe.from_json(recipe) for name, recipe in values["recipes"].items()}
        run = Run(run_id, status, self._folder / run_id, values["failure"])
        return Record(run, [_step(**step) for step in values["steps"]], recipes, values.get("tags", {}))


def _write(record: Record) -> None:
    values = {
        "status": record.run.status,
        "failure": record.run.failure,
        "steps": [asdict(step) for step in record.steps],
        "recipes": {name: asdict(recipe) for name, recipe in record.recipes.items()},
        "tags": dict(record.tags),
    }
    write_json(record.run.folder / RECORD, values)


def _step(arguments: Mapping[str, Sequence[str]], files: Iterable[str], **values: Any) -> Step:
    """JSON has lists only, and a step's words are tuples."""
    return Step(arguments={option: tuple(words) for option, words in arguments.items()}, files=tuple(files), **values)
