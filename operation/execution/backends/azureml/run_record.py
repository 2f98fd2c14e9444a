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

    The job carries the `tags`. The run began with a copy of the outputs of the run with the id `earlier`.
    """

    steps: Sequence[Step]
    places: Mapping[str, Path]
    reuse: bool
    tags: Mapping[str, str]
    earlier: str | None = None


@dataclass(frozen=True)
class Record:
    """A run and its work."""

    run: Run
    work: Work

    def write(self, folder: Path) -> None:
        """Write it into a folder.

        Paths in the run's own folder are written relative to it, so that the record holds in another clone, where that
        folder is elsewhere.
        """
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
    """Read the record that a file in the run's folder holds."""
    values = read_json(folder / file)
    run = values["run"]
    return Record(Run(run["id"], run["status"], folder, run["failure"]), _work(values["work"], folder))


def _work(values: Mapping[str, Any], folder: Path) -> Work:
    places = {name: folder / place for name, place in values["places"].items()}
    return Work(**{**values, "steps": [Step.from_json(step) for step in values["steps"]], "places": places})
