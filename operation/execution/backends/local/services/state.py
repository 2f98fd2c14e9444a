"""What is written down of a service: its port, its router, and the process of each version.

The router reads the same file (router.py), so a change of it is a change of the traffic.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, ValidationError

from operation.errors import OperationError
from operation.execution.backends.local.services.background import Process, is_running, stop
from operation.execution.json_files import read_json, write_json

STATE, HEALTH, PROCESS = "state.json", "health.json", "process.json"
DAMAGED = AttributeError, KeyError, TypeError, ValueError  # what a file of another form raises where it is read
INSTANCES = "versions"
ENDS = 70  # seconds in which a router without a state ends (router.py)


@dataclass(frozen=True)
class Instance:
    """The process of a version: `instance` is the name of its folder, which no other has ever had."""

    instance: str
    address: Annotated[str, Field(pattern=r"^http://.+:\d+$")]
    traffic: int
    process: Process


@dataclass(frozen=True)
class State:
    """A service as it was last written down; `most_bytes` and `deadline_seconds` are for the router.

    `place` is the folder that it was written into, which tells a copy from it.
    """

    port: Annotated[int, Field(ge=1, le=65_535)]
    most_bytes: int
    deadline_seconds: float
    router: Process | None = None
    versions: Mapping[int, Instance] = field(default_factory=dict)
    place: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the service of the folder; None if there is none.

        Raises:
            OperationError: the file is damaged, or the service that it describes runs for another folder.
        """
        file = folder / STATE
        if not file.is_file():
            return None
        # The file alone: its router ends without it, and the next deployment finds the processes in the folder.
        found = read_json(file, remedy := f"Delete it, wait {ENDS} seconds for what serves to end, and deploy again.")
        try:
            # As strict as the router, which reads the file as it is and would fail on a text in place of a number.
            state: Self = _form().validate_json(json.dumps(found), strict=True, extra="forbid")
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise OperationError(f"{file} is damaged: {place}: {first['msg']}. {remedy}") from error
        state._require_own(folder)
        return state

    def _require_own(self, folder: Path) -> None:
        """Raise OperationError for a copied or moved folder while the service runs: its router reads the first one."""
        if not self.place or Path(self.place) == folder.resolve() or not (self.router and is_running(self.router)):
            return
        if is_copy(self.place, folder):
            raise OperationError(
                f"{folder / STATE} was copied from {self.place}, where the service runs. To deploy another one here, "
                "delete this file, and choose another port: --set serving.port=N"
            )
        if not Path(self.place).exists():
            raise OperationError(
                f"{folder} was moved while its service runs, whose router still reads {self.place}. Move it back, or "
                f"end the router, process {self.router.pid}, and deploy again."
            )

    def write(self, folder: Path) -> None:
        """Write it down, whole or not at all: with this, the router divides the traffic anew."""
        write_json(folder / STATE, asdict(replace(self, place=str(folder.resolve()))))

    def with_version(self, version: int, instance: Instance) -> Self:
        """Return the state with another process for the version."""
        return replace(self, versions={**self.versions, version: instance})

    def without(self, *versions: int) -> Self:
        """Return the state without these versions."""
        return replace(self, versions={name: one for name, one in self.versions.items() if name not in versions})

    def with_traffic(self, traffic: Mapping[int, int]) -> Self:
        """Return the state with this traffic, and none for the other versions."""
        return replace(
            self, versions={name: replace(one, traffic=traffic.get(name, 0)) for name, one in self.versions.items()}
        )

    @property
    def running(self) -> set[int]:
        """Return the versions whose process runs."""
        return {version for version, one in self.versions.items() if is_running(one.process)}


@cache
def _form() -> TypeAdapter[Any]:
    """Return what checks the types in a state's file; made once, by the commands that read one."""
    return TypeAdapter(State)


def is_copy(place: str, folder: Path) -> bool:
    """Say whether what was written for the folder `place` lies in another one, while that is still there."""
    return bool(place) and Path(place).is_dir() and not folder.samefile(place)


def write_process(instance: Path, process: Process) -> None:
    """Write down the process of the folder, before anybody else knows of it."""
    write_json(instance / PROCESS, {**asdict(process), "place": str(instance.resolve())})


def is_up(folder: Path) -> bool:
    """Say whether a process of the service in the folder runs; one that cannot be read may."""
    try:
        state = State.read(folder)
    except OperationError:
        return True
    return state is not None and bool(state.running or (state.router and is_running(state.router)))


def counters(folder: Path, instance: str) -> Mapping[str, Any]:
    """Return what the router counted of the process; empty until it has written anything."""
    with suppress(OSError, *DAMAGED):  # damaged, which the router writes again
        return dict(json.loads((folder / HEALTH).read_text(encoding="utf-8")).get(instance, {}))
    return {}


def abandoned(folder: Path) -> Iterator[Path]:
    """Yield the folders of processes that the service does not know: a deployment of them was killed."""
    state = State.read(folder)
    known = {one.instance for one in state.versions.values()} if state else set()
    places = (folder / INSTANCES).iterdir() if (folder / INSTANCES).is_dir() else ()
    yield from (place for place in places if place.name not in known)


def remove(instance: Path, seconds: float) -> None:
    """End the process of the folder, if it runs, and delete the folder; a copy's process is another's."""
    with suppress(OperationError, TypeError, AttributeError):  # it never started
        found = read_json(instance / PROCESS)
        if not is_copy(found.pop("place", ""), instance):
            stop(Process(**found), seconds)
    shutil.rmtree(instance, ignore_errors=True)
