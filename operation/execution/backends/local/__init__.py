"""This machine as a backend: steps are subprocesses, runs and models are kept by MLflow on SQLite."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock

from operation import console
from operation.errors import OperationError
from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.backends.local.registry import Registry
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.store import Store
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.tables.sources import find_source
from operation.execution.values import ModelVersion, Run, Step, StepEvent


class LocalBackend:
    """Runs under `outputs/runs`, models and what the UI shows under `outputs/mlflow`."""

    def __init__(self, configuration: Configuration) -> None:
        """Touch nothing yet: MLflow starts with the first verb that needs it."""
        self._store = Store(configuration.outputs / "mlflow", configuration.experiment)
        machine = Machine(ROOT, Cache(configuration.cache, console.say), configuration.threads)
        self._runs = Runs(configuration.outputs / "runs", machine)
        self._registry = Registry(self._store)
        self._recording = Lock()  # several runs may be waited for at once, each in a thread of its own

    def set_up(self) -> Iterator[str]:
        """Nothing: folders and database are made when they are needed."""
        return iter(())

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """Nothing is sent."""
        del steps
        return {}

    def check(self) -> None:
        """Raise if the database of runs and models is damaged."""
        self._store.check()

    def bring(self, source: str, tables: Sequence[str]) -> str:
        """The source itself, which must be on this machine."""
        del tables
        find_source(source)
        return source

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps, each a process of its own; MLflow starts when a core has nothing else to do."""
        return self._runs.start(steps, folders, run, reuse, tags, files, self._store.warm_up)

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """Completed runs of the same steps on the same inputs, newest first, whatever those `ignoring` held."""
        return self._runs.find_same(steps, folders, ignoring)

    def wait(self, run: Run, listener: Listener) -> Run:
        """Follow the run to its end; then it shows in MLflow, failed or not."""
        ended = self._runs.wait(run, listener)
        listener(StepEvent("record", "started"))
        with self._recording:
            self._store.record(ended, self._runs.steps(ended), self._runs.tags(ended))
            self._registry.remember()
        listener(StepEvent("record", "completed", f"run {ended.id}"))
        return ended

    def cancel(self, run: Run) -> None:
        """Stop the processes of the steps at work."""
        self._runs.cancel(run)

    def detach(self, run: Run) -> None:
        """Raise: the steps are processes of this one."""
        raise OperationError(
            f"Run {run.id} is at work on this machine and ends with its command. Runs of a workspace go on without it, "
            "for instance those of --environment dev."
        )

    def can_detach(self, run: Run) -> bool:
        """Never."""
        del run
        return False

    def find_run(self, run_id: str | None = None) -> Run | None:
        """The run of that id; without one, the latest that has completed."""
        return self._runs.find(run_id)

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Copy the files beside the run in MLflow, then name them in its registry in one transaction."""
        if self._runs.find(run.id) and not self._store.find_run(run):  # the process died before it was recorded
            self._store.record(run, self._runs.steps(run), self._runs.tags(run))
        return self._registry.register(run, name, files, tags)

    def find(self, name: str, version: int | None = None) -> ModelVersion | None:
        """That version of the model; without one, its champion."""
        return self._registry.find(name, version)

    def versions(self, name: str) -> list[ModelVersion]:
        """Every version of the model, newest first."""
        return self._registry.versions(name)

    def fetch(self, model: ModelVersion, folder: Path) -> None:
        """Copy the model's files into a new folder."""
        self._registry.fetch(model, folder)

    def promote(self, model: ModelVersion) -> None:
        """Set the registry's alias `champion`."""
        self._registry.promote(model)
