"""Where steps run and models live: three Protocols, one value, one table. A backend is a folder here and one line."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from operation.execution.configuration.sections import Configuration
from operation.execution.values import (
    Health,
    Hosting,
    Leftover,
    ModelVersion,
    Run,
    RunGroup,
    Service,
    Step,
    StepEvent,
)

Listener = Callable[[StepEvent], None]
Files = Mapping[str, Mapping[str, Any]]
Note = Callable[[Run, Mapping[str, str]], None]
NOTHING: Mapping[str, Any] = MappingProxyType({})
LONGEST_NAME = 255  # bytes that a file system takes; asking it for a longer name is an error
SCORING, WINDOW = "score", "window"  # the steps that score rows, and that describe them for monitoring


class Runs(Protocol):
    """Start, follow and find runs.

    `wait` returns a failed run and `find` returns None; neither raises for that. Every verb raises OperationError for
    what the user can fix.
    """

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """Say by topic what `submit` would send and what it may cost; connect to nothing and write nothing."""

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps, each when its inputs are there. `folders` holds the inputs that no step writes.

        With `run`, the new run begins with a copy of that run's outputs; no run changes after its end. With `reuse`, a
        step that was done before is not done again. `tags` are shown with the run, however it ends; `files`, JSON by
        name, are in its folder from the start.
        """

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Find completed runs of the same steps on the same inputs, newest first, whatever those `ignoring` held."""

    def wait(self, run: Run, listener: Listener) -> Run:
        """Follow the run to its end and report each step to `listener`."""

    def cancel(self, run: Run) -> None:
        """Stop the run's steps and wait until they are gone."""

    def can_detach(self, run: Run) -> bool:
        """Say whether the run would go on if this process ended now."""

    def detach(self, run: Run) -> None:
        """Let `wait` return as soon as the run goes on without this process; the run it returns is still running.

        Raises OperationError where no run ever does.
        """

    def find(self, run_id: str | None = None) -> Run | None:
        """Find the run of that id; without one, the latest that has completed and is none that only scored rows."""


class Registry(Protocol):
    """Keep models: versions whose files never change, exactly one of them the champion."""

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Keep a copy of the folder `files` as the next version of the model: wholly, or not at all."""

    def receive(self, run_id: str, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Do the same with files of another registry, of a run that is not known here."""

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        """Find that version of the model; without one, its champion."""

    def versions(self, name: str) -> list[ModelVersion]:
        """List every version of the model, newest first."""

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder."""

    def promote(self, model: ModelVersion) -> None:
        """Make it the champion, in place of the one there is."""

    def annotate(self, model: ModelVersion, tag: str, text: str) -> None:
        """Write a tag of the version, or overwrite it: never one that it was registered with."""


class Services(Protocol):
    """Serve registered versions behind an address that stays, several at once.

    Requests are shared among the versions by percent. A version that takes none stays up, can be asked directly, and is
    ready to take over. Every verb raises OperationError for what the user can fix, and then leaves what serves as it
    was. A service that is not there is an error to all but `deploy`, `check`, `delete` and `find`.

    `replaces` says that `deploy` of a version with traffic starts its successor beside it, so that no client notices.
    `unused` names the settings that have no meaning there.
    """

    replaces: bool
    unused: Sequence[str]

    def check(self, name: str, hosting: Hosting, share: int) -> None:
        """Raise now, before anything is started, for what would stop `deploy` and a `switch` to that percent later.

        For instance a name that the host refuses, a port that is taken, a key that is not set, or a share other than
        0 and 100 where the host cannot divide the traffic.
        """

    def deploy(self, name: str, model: ModelVersion, environment: Path, hosting: Hosting) -> Service:
        """Start the version beside those that serve, with 0 % of the traffic; all of it if there is no other.

        Returns when the version is ready. One that does not get ready raises OperationError with the end of its log,
        and nothing of it stays. A version that is there already is started anew. `environment` is the conda file of
        what the script needs, and `hosting` what it runs on, where that is not this machine.
        """

    def switch(self, name: str, traffic: Mapping[int, int]) -> Service:
        """Divide the traffic, percent by version, which sum to 100, without losing a request.

        Versions that are not named stay, and take nothing.
        """

    def score(self, name: str, payload: Any, version: int | None = None) -> Any:
        """Send the payload, anything that JSON holds, and return the answer, as the traffic says or of that version."""

    def is_current(self, name: str, version: int) -> bool:
        """Say whether a version that waits can take over as it is: it answers, and to the keys of now alone."""

    def health(self, name: str, version: int) -> Health:
        """Say what the version has answered since it started."""

    def log(self, name: str, version: int | None = None) -> str:
        """Return what the service's versions have printed, or that version."""

    def delete(self, name: str, version: int | None = None) -> None:
        """Stop and delete the service, or that version of it, if it is there.

        A version that takes traffic is refused as long as there is another: switch first.
        """

    def find(self, name: str) -> Service | None:
        """Find the service of that name."""

    def list(self) -> Sequence[Service]:
        """List the services, sorted by name."""


@dataclass(frozen=True)
class Backend:
    """Everything the tasks know of a place where steps run and models live.

    `set_up` makes what runs need, unless it is there, and yields a line about each. `check` raises OperationError now,
    before minutes of work, if runs or models could not be stored. `leftovers` finds what killed commands have not
    finished, while the outputs folder is held. `bring` returns the source of raw tables as this
    machine reads it, and first copies here what is not on this machine.

    Where there is a place for it, `track` adds values to time series (under the name of the series, by step and name),
    `note` adds tags to a run that has ended, and `group` shows runs that belong together under one parent.
    """

    runs: Runs
    registry: Registry
    services: Services
    set_up: Callable[[], Iterator[str]]
    check: Callable[[], None]
    leftovers: Callable[[], Iterator[Leftover]]
    bring: Callable[[str, Sequence[str]], str]
    track: Callable[[str, Mapping[int, Mapping[str, float]]], None] | None = None
    note: Note | None = None
    group: Callable[[RunGroup], None] | None = None


# The package that `backend.kind` of an environment names; its `connect` makes the Backend and touches nothing yet.
# Imported when asked for, because the libraries behind it are slow.
BACKENDS = {
    "local": "operation.execution.backends.local",
    "azureml": "operation.execution.backends.azureml",
    "emulator": "operation.execution.backends.emulator",
}


def connect(configuration: Configuration) -> Backend:
    """Make the backend of the configuration."""
    backend: Backend = import_module(BACKENDS[configuration.backend.kind]).connect(configuration)
    return backend


def scores_only(steps: Sequence[Step]) -> bool:
    """Say whether a run of these steps only used a model: whoever asks for the latest run means one that led to one."""
    return any(step.name in (SCORING, WINDOW) for step in steps)


def name_of_run(folder: Path, given: str) -> str:
    """Find the id of the run that people name by its id or by the path of its folder; "" if it cannot be in `folder`.

    One run must have one name: as `./ID` it could be registered a second time.
    """
    for place in (folder / given, Path(given)):
        found = place.resolve()
        if found.parent == folder.resolve() and len(os.fsencode(found.name)) <= LONGEST_NAME:
            return found.name
    return ""
