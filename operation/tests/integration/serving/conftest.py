"""Services of this machine with small scripts in place of `src/`; whatever a test starts ends with it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from operation.execution.backends import Backend, local
from operation.execution.backends.local.services import state
from operation.execution.backends.local.services.services import Services
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import deploy, smoke
from operation.execution.deployment import services as listing
from operation.tests.parcels import load
from operation.tests.serving.registry import Registry

SCRIPTS = Path(__file__).parents[2] / "serving" / "scripts"


@dataclass(frozen=True)
class Place:
    """An outputs folder with a registry and services of its own."""

    folder: Path

    @property
    def registry(self) -> Registry:
        return Registry(self.folder / "registry")

    def configured(self, *settings: str) -> Configuration:
        """Load the configuration of parcels with these outputs, the stand-ins as scripts, and more settings."""
        patient = ["serving.start_seconds=30", "serving.most_p99_ms=10000"]  # with a busy machine
        found = load(settings=[f"backend.outputs={self.folder}", *patient, *settings])
        found._scripts = SCRIPTS
        return found

    @property
    def services(self) -> Services:
        return services_of(self.configured())

    def end(self) -> None:
        """End every service, and what a test has left of a deployment."""
        folder = self.configured().outputs / "services"
        for service in self.services.list():
            self.services.delete(service.name)
        for place in [left for each in folder.glob("*/") for left in state.abandoned(each)]:
            state.remove(place, 1)


def services_of(configuration: Configuration) -> Services:
    registry, folder = Registry(configuration.common_outputs / "registry"), configuration.outputs / "services"
    return Services(folder, SCRIPTS, registry, configuration.serving, configuration.command)


@pytest.fixture(scope="module", autouse=True)
def _measured(measured_processes: None) -> None:
    """Measure routers and servers, which run as processes."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The place of all tests of a module: a service takes half a second to start."""
    made = Place(tmp_path_factory.mktemp("shared"))
    yield made
    made.end()


@pytest.fixture
def services(shared: Place) -> Services:
    return shared.services


@pytest.fixture
def registry(shared: Place) -> Registry:
    return shared.registry


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let verbs find the registry and the services of the place, and ask no more than they must in a smoke test."""

    def connect(configuration: Configuration) -> Backend:
        registry = Registry(configuration.common_outputs / "registry")
        return replace(local.connect(configuration), registry=registry, services=services_of(configuration))

    for module in (deploy, listing):
        monkeypatch.setattr(module, "connect", connect)
    for name in ("TIMED", "CLIENTS", "EACH"):
        monkeypatch.setattr(smoke, name, 2)
