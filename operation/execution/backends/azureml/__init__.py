"""An Azure ML workspace as a backend, through azureml-core: core scripts run there, validation runs here."""

from collections.abc import Iterator, Sequence

from operation import console
from operation.execution.backends import Backend
from operation.execution.backends.azureml import compute, datastores
from operation.execution.backends.azureml.environments import Environments
from operation.execution.backends.azureml.jobs import Code, Jobs
from operation.execution.backends.azureml.registry import Registry
from operation.execution.backends.azureml.runs import Runs
from operation.execution.backends.azureml.services import Services
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.configuration.sections import ROOT, AzureMLSettings, Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.tables.sources import find_source, is_in_datastore

DEFINITIONS = ROOT / "operation" / "configuration"  # conda files of remote machines


def connect(configuration: Configuration) -> Backend:
    """Make the backend; touch nothing yet: the SDK is imported with the first verb that needs it."""
    if not isinstance(configuration.backend, AzureMLSettings):
        raise TypeError(f"{configuration.backend.kind} is another backend")
    return connect_to(Connection(configuration.backend), configuration)


def connect_to(connection: Connection, configuration: Configuration, stays: bool = True) -> Backend:
    """Make the backend for a workspace, which `stays` when this command ends, or does not."""
    environments = Environments(connection, configuration.outputs / "environments.json")
    code = Code(configuration.scripts, DEFINITIONS / "train.yml", configuration.threads)
    jobs = Jobs(connection, environments, configuration.experiment, code)
    machine = Machine(configuration.repository, Cache(configuration.cache, console.say), configuration.threads)

    def set_up() -> Iterator[str]:
        """Register the environments and make the cluster of the configuration, whichever are not there."""
        _ = connection.workspace  # what is missing to reach it is said before anything else
        yield from environments.set_up(sorted(DEFINITIONS.glob("*.yml")))
        yield compute.ensure(connection)

    def check() -> None:
        """Raise if the workspace cannot be reached."""
        _ = connection.workspace

    def bring(source: str, tables: Sequence[str]) -> str:
        """Return the source itself, or the folder that tables of a datastore have been copied to."""
        if is_in_datastore(source):
            return str(datastores.copy(connection, source, tables, configuration.outputs / "data" / "datastores"))
        find_source(source)
        return source

    return Backend(
        runs=Runs(configuration.outputs / "runs", machine, jobs, stays),
        registry=Registry(connection, configuration.command),
        services=Services(connection, configuration.scripts, configuration.serving, configuration.command),
        set_up=set_up,
        check=check,
        leftovers=lambda: iter(()),  # a run of a workspace goes on without its command
        bring=bring,
    )
