"""Where steps run and models live: one Protocol, one table. A backend is a folder here and one line in the table."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from operation.execution.configuration.sections import Configuration
from operation.execution.values import ModelVersion, Run, Step, StepEvent

Listener = Callable[[StepEvent], None]
Files = Mapping[str, Mapping[str, Any]]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Backend(Protocol):
    """The verbs every backend speaks; the tasks know nothing else of it.

    `wait` returns a failed run and `find` returns None; neither raises for that. Every verb raises OperationError for
    what the user can mend.
    """

    def set_up(self) -> Iterator[str]:
        """Make what runs need, unless it is there; a line about each."""

    def check(self) -> None:
        """Raise now, before minutes of work, if runs or models could not be stored."""

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """What `submit` would send and may cost, by a word for each; nothing is connected to, and nothing written."""

    def bring(self, source: str, tables: Sequence[str]) -> str:
        """The source of raw tables as this machine reads it; what is not on this machine is copied here before."""

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps, each when its inputs are there. `folders` holds the inputs that no step puts out.

        With `run`, the new run begins with a copy of what that one put out; no run is changed after its end. With
        `reuse`, a step that was done before is not done again. `tags` are shown with the run, however it ends; `files`,
        JSON by name, are in its folder from the start.
        """

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Completed runs of the same steps on the same inputs, newest first, whatever those `ignoring` held."""

    def wait(self, run: Run, listener: Listener) -> Run:
        """Follow the run to its end, telling `listener` of each step."""

    def cancel(self, run: Run) -> None:
        """Stop the run's steps and wait until they are gone."""

    def detach(self, run: Run) -> None:
        """Let `wait` return as soon as the run goes on without this process; then the run it returns is running.

        Raises OperationError where no run ever does.
        """

    def can_detach(self, run: Run) -> bool:
        """Whether the run goes on already if this process ends."""

    def find_run(self, run_id: str | None = None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Keep a copy of the folder `files` as the next version of the model: wholly, or not at all."""

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        """That version of the model; without one, its champion."""

    def versions(self, name: str) -> list[ModelVersion]:
        """Every version of the model, newest first."""

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder."""

    def promote(self, model: ModelVersion) -> None:
        """Make it the champion, in place of the one there is."""


# The class that `backend.kind` of an environment names; imported when asked for, because its libraries are slow.
BACKENDS = {
    "local": "operation.execution.backends.local:LocalBackend",
    "azureml": "operation.execution.backends.azureml:AzureMLBackend",
    "emulator": "operation.execution.backends.emulator:EmulatorBackend",
}


def connect(configuration: Configuration) -> Backend:
    """The backend of the configuration."""
    module, name = BACKENDS[configuration.backend.kind].split(":")
    backend: Backend = getattr(import_module(module), name)(configuration)
    return backend
