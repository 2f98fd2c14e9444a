"""What a run's folder remembers of it: enough to take it up again from another process, or from another clone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from operation.execution.json_files import read_json, write_json
from operation.execution.values import Run, Step

RECORD = "azureml.json"  # not the local backend's name: both may have runs in one folder


@dataclass(frozen=True)
class Work:
    """Steps, and the place here of every folder that they name. With `reuse`, what ran here before does not again.

    The job carries the `tags`. The run began with a copy of what that of the id `earlier` put out.
    """

    steps: Sequence[Step]
    places: Mapping[str, Path]
    reuse: bool
    tags: Mapping[str, str]
    earlier: str | None = None


@dataclass(frozen=True)
class Record:
    """A run, and what it does."""

    run: Run
    work: Work

    def write(self, folder: Path) -> None:
        """Write it into a folder. The run's own is left out of it, which is where it is read."""
        own = self.run.folder
        places = {
            name: (place.relative_to(own) if place.is_relative_to(own) else place).as_posix()
            for name, place in self.work.places.items()
        }
        values = asdict(self)
        del values["run"]["folder"]
        values["work"]["places"] = places
        write_json(folder / RECORD, values)


def read(folder: Path, file: str = RECORD) -> Record:
    """The record that a file in the run's folder holds."""
    values = read_json(folder / file)
    run = values["run"]
    return Record(Run(run["id"], run["status"], folder, run["failure"]), _work(values["work"], folder))


def _work(values: Mapping[str, Any], folder: Path) -> Work:
    places = {name: folder / place for name, place in values["places"].items()}
    return Work(**{**values, "steps": [_step(step) for step in values["steps"]], "places": places})


def _step(values: Mapping[str, Any]) -> Step:
    arguments = {option: tuple(words) for option, words in values["arguments"].items()}
    return Step(**{**values, "arguments": arguments, "files": tuple(values["files"])})
