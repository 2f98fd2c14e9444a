"""An Azure ML workspace as a backend, through azureml-core: core scripts run there, validation runs here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from operation import console
from operation.execution.backends import NOTHING, Files, Listener
from operation.execution.backends.azureml import compute, datastores, plan
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.registry import Registry
from operation.execution.backends.azureml.remote import Code, Remote
from operation.execution.backends.azureml.runs import Runs
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import ROOT, AzureMLSettings, Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.tables.sources import find_source, is_in_datastore
from operation.execution.values import ModelVersion, Run, Step

DEFINITIONS = ROOT / "operation" / "configuration"  # conda files of remote machines


class AzureMLBackend:
    """Runs and models in the workspace; what a run put out also in a folder under `outputs/runs`."""

    def __init__(self, configuration: Configuration) -> None:
        """Touch nothing yet: the SDK is imported with the first verb that needs it."""
        if not isinstance(configuration.backend, AzureMLSettings):
            raise TypeError(f"{configuration.backend.kind} is another backend")
        self._settings = configuration.backend
        self._code = Code(ROOT / "src", DEFINITIONS / "train.yml", configuration.threads)
        machine = Machine(ROOT, Cache(configuration.cache, console.say), configuration.threads)
        self._connection = Connection(configuration.backend)
        self._environments = Environments(self._connection, configuration.outputs / "environments.json")
        remote = Remote(self._connection, self._environments, configuration.experiment, self._code)
        self._runs = Runs(configuration.outputs / "runs", machine, remote)
        self._registry = Registry(self._connection)
        self._copies = configuration.outputs / "data" / "datastores"

    def set_up(self) -> Iterator[str]:
        """Register the environments and make the cluster of the configuration, whichever are not there."""
        _ = self._connection.workspace  # what is missing to reach it is said before anything else
        yield from self._environments.set_up(sorted(DEFINITIONS.glob("*.yml")))
        yield compute.ensure(self._connection)

    def plan(self, steps: Sequence[Step]) -> Mapping[str, str]:
        """Files, environment, cluster and cost of the job."""
        return plan.describe(self._settings, self._code, self._environments, steps)

    def check(self) -> None:
        """Raise if the workspace cannot be reached."""
        _ = self._connection.workspace

    def bring(self, source: str, tables: Sequence[str]) -> str:
        """The source itself, or a copy of the tables that are in a datastore."""
        if not is_in_datastore(source):
            find_source(source)
            return source
        return str(datastores.copy(self._connection, source, tables, self._copies))

    def submit(
        self,
        steps: Sequence[Step],
        folders: Mapping[str, Path],
        run: Run | None = None,
        reuse: bool = True,
        tags: Mapping[str, str] = NOTHING,
        files: Files = NOTHING,
    ) -> Run:
        """Start the steps: the core scripts as one job in the workspace, the others here, before or after it.

        A job always runs; `reuse` is about the steps that run here.
        """
        return self._runs.start(steps, folders, run, reuse, tags, files)

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        """None: whether a job would do the same again is not known here."""
        del steps, folders, ignoring
        return iter(())

    def wait(self, run: Run, listener: Listener) -> Run:
        """Follow the run to its end, whoever started it."""
        return self._runs.wait(run, listener)

    def cancel(self, run: Run) -> None:
        """Stop the job and what is at work here."""
        self._runs.cancel(run)

    def detach(self, run: Run) -> None:
        """Let `wait` return as soon as the job has been sent."""
        self._runs.detach(run)

    def can_detach(self, run: Run) -> bool:
        """Whether the job has been sent."""
        return self._runs.can_detach(run)

    def find_run(self, run_id: str | None = None) -> Run | None:
        """The run of that id; without one, the latest that has completed: of this clone, or else of the experiment."""
        return self._runs.find(run_id)

    def register(self, run: Run, name: str, files: Path, tags: Mapping[str, str]) -> ModelVersion:
        """Copy the files beside the run in the workspace, then name them in its registry."""
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
        """Move the tag `champion`."""
        self._registry.promote(model)
