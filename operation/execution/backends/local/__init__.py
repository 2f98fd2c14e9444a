"""This machine as a backend: steps are subprocesses, runs and models are kept by MLflow on SQLite."""

from collections.abc import Sequence
from itertools import chain

from operation import console
from operation.execution.backends import Backend
from operation.execution.backends.local.database import Database
from operation.execution.backends.local.registry import Registry
from operation.execution.backends.local.runs import Runs
from operation.execution.backends.local.services.services import Services
from operation.execution.backends.local.tracking import Tracking
from operation.execution.backends.local.versions import Versions
from operation.execution.configuration.sections import Configuration
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.tables.sources import find_source


def connect(configuration: Configuration) -> Backend:
    """Make the backend, with runs under `runs` in the outputs, models and what the UI shows under `mlflow`.

    Nothing is touched yet: MLflow starts with the first verb that needs it.
    """
    database = Database(configuration.outputs / "mlflow")
    versions = Versions(database)
    tracking = Tracking(database, configuration.experiment, versions)
    machine = Machine(configuration.repository, Cache(configuration.cache, console.say), configuration.threads)
    runs = Runs(configuration.outputs / "runs", machine, tracking)
    registry = Registry(database, versions, runs, configuration.command)
    place = configuration.outputs / "services"
    services = Services(place, configuration.scripts, registry, configuration.serving, configuration.command)
    return Backend(
        runs=runs,
        registry=registry,
        services=services,
        set_up=lambda: iter(()),  # folders and database are made when they are needed
        check=database.check,
        leftovers=lambda: chain(runs.leftovers(), services.leftovers()),
        bring=_require_here,
        track=Tracking(database, f"{configuration.experiment}-monitoring", versions).track,
        note=runs.note,
        group=tracking.group,
    )


def _require_here(source: str, tables: Sequence[str]) -> str:
    """Return the source itself, which must be on this machine."""
    del tables
    find_source(source)
    return source
