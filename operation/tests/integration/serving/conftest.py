"""Services of this machine with small scripts in place of `src/`; whatever a test starts ends with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from operation.execution.backends import Backend, local
from operation.execution.backends.local.services import state
from operation.execution.backends.local.services.services import Services
from operation.execution.configuration.sections import Configuration
from operation.tests.parcels import load
from operation.tests.serving.registry import Registry

SCRIPTS = Path(__file__).parents[2] / "serving" / "scripts"
Settings = Callable[..., Configuration]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    """Load the configuration of parcels with more settings, outputs of this test, and the stand-ins as scripts."""

    def read(*settings: str) -> Configuration:
        found = load(settings=[f"backend.outputs={tmp_path}", "serving.start_seconds=20", *settings])
        found._scripts = SCRIPTS
        return found

    return read


@pytest.fixture
def services_of(registry: Registry) -> Iterator[Callable[[Configuration], Services]]:
    """Make the services of a configuration, which end with the test."""
    made: list[tuple[Services, Configuration]] = []

    def make(configuration: Configuration) -> Services:
        folder = configuration.outputs / "services"
        services = Services(folder, SCRIPTS, registry, configuration.serving, configuration.command)
        made.append((services, configuration))
        return services

    yield make
    for services, configuration in made:
        for service in services.list():
            services.delete(service.name)
        for folder in (configuration.outputs / "services").glob("*/"):
            for place in state.abandoned(folder):
                state.remove(place, 1)


@pytest.fixture
def connected(
    registry: Registry, services_of: Callable[[Configuration], Services], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let verbs find the folder registry and the services with the stand-ins."""

    def connect(configuration: Configuration) -> Backend:
        return replace(local.connect(configuration), registry=registry, services=services_of(configuration))

    monkeypatch.setattr("operation.execution.deployment.deploy.connect", connect)
    monkeypatch.setattr("operation.execution.deployment.services.connect", connect)
