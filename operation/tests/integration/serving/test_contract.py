"""The contract of services, on this machine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operation.execution.backends.local.services.services import Services
from operation.execution.configuration.sections import Configuration
from operation.execution.values import Hosting
from operation.tests.serving import contract
from operation.tests.serving.contract import *  # noqa: F403  the tests
from operation.tests.serving.registry import Registry


@pytest.fixture
def offered(
    registry: Registry, configured: Callable[..., Configuration], services_of: Callable[[Configuration], Services]
) -> contract.Offered:
    versions = [registry.add(), registry.add(factor=0.25)]
    payload = {"data": [{"a": -1.0}]}
    return contract.Offered(services_of(configured()), versions, Path("score.yml"), Hosting(1, 1), payload, "parcels")
