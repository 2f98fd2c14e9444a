"""What a run's folder on this machine remembers of it: `run.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from operation.errors import OperationError
from operation.execution.json_files import read_json, write_json
from operation.execution.steps.recipe import Recipe
from operation.execution.values import Run, RunStatus, Step

RECORD = "run.json"
FORM = "%Y%m%d-%H%M%S-%f"  # of an id: the moment at which the run started
REMEDY = "Delete that run's folder."


@dataclass(frozen=True)
class Record:
    """A run, the steps whose outputs it holds, in order, and its tags.

    The `recipes` cover the inputs that came from outside the run, so that an equal run is found by comparing them.
    `ended` is the moment of the end as ISO 8601 in UTC; empty as long as the run is at work, or if nobody saw its end.
    """

    run: Run
    steps: Sequence[Step]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    ended: str = ""

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Return when the run started and ended; what is not known is taken to be now."""
        now = datetime.now(UTC)
        try:
            start = datetime.strptime(self.run.id, FORM).replace(tzinfo=UTC)
        except ValueError:  # the id is of another form
            start = now
        return start, max(start, datetime.fromisoformat(self.ended) if self.ended else now)

    def write(self) -> None:
        """Write the record into the run's folder."""
        values = {
            "status": self.run.status,
            "failure": self.run.failure,
            "steps": [asdict(step) for step in self.steps],
            "recipes": {name: asdict(recipe) for name, recipe in self.recipes.items()},
            "tags": dict(self.tags),
            "ended": self.ended,
        }
        write_json(self.run.folder / RECORD, values)


@dataclass(frozen=True)
class _Kept:
    """The content of the file, whose types are checked: people edit it, and disks damage it."""

    status: RunStatus
    failure: str
    steps: tuple[Step, ...]
    recipes: dict[str, Recipe]
    tags: dict[str, str] = field(default_factory=dict)
    ended: str = ""


def read(folder: Path) -> Record:
    """Read the record from a run's folder, which has the run's id as its name.

    Raises:
        OperationError: it is missing or damaged.
    """
    values = read_json(folder / RECORD, REMEDY)
    try:
        kept = _adapter().validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise OperationError(f"{folder / RECORD} is damaged: {place}: {first['msg']}. {REMEDY}") from error
    run = Run(folder.name, kept.status, folder, kept.failure)
    return Record(run, list(kept.steps), kept.recipes, kept.tags, kept.ended)


@cache
def _adapter() -> "TypeAdapter[_Kept]":
    return TypeAdapter(_Kept)
