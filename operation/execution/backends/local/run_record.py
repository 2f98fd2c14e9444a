"""What a run's folder on this machine remembers of it: `run.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import get_args

from operation.errors import OperationError
from operation.execution.json_files import read_json, write_json
from operation.execution.steps.recipe import Recipe
from operation.execution.values import Run, RunStatus, Step

RECORD = "run.json"
REMEDY = "Delete that run's folder."


@dataclass(frozen=True)
class Record:
    """A run, the steps whose outputs it holds, in order, and its tags.

    The `recipes` cover the inputs that came from outside the run, so that an equal run is found by comparing them.
    """

    run: Run
    steps: Sequence[Step]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """Write the record into the run's folder."""
        values = {
            "status": self.run.status,
            "failure": self.run.failure,
            "steps": [asdict(step) for step in self.steps],
            "recipes": {name: asdict(recipe) for name, recipe in self.recipes.items()},
            "tags": dict(self.tags),
        }
        write_json(self.run.folder / RECORD, values)


def read(folder: Path) -> Record:
    """Read the record from a run's folder, which has the run's id as its name.

    Raises:
        OperationError: it is missing or damaged.
    """
    values = read_json(folder / RECORD, REMEDY)
    try:
        status: RunStatus = values["status"]
        if status not in get_args(RunStatus):
            raise ValueError(f"its status is {status!r}")
        recipes = {name: Recipe.from_json(recipe) for name, recipe in values["recipes"].items()}
        run = Run(folder.name, status, folder, values["failure"])
        return Record(run, [Step.from_json(step) for step in values["steps"]], recipes, values.get("tags", {}))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OperationError(f"{folder / RECORD} is damaged: {error!r}. {REMEDY}") from error
