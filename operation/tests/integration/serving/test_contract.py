"""The contract of services, on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operation.execution.values import Hosting
from operation.tests.integration.serving.conftest import Place
from operation.tests.serving import contract
from operation.tests.serving.contract import *  # noqa: F403  the tests


@pytest.fixture
def offered(shared: Place) -> Iterator[contract.Offered]:
    versions = shared.registry.versions("")[::-1] or [shared.registry.add(), shared.registry.add(factor=0.25)]
    payload = {"data": [{"a": -1.0}]}
    yield contract.Offered(shared.services, versions, Path("score.yml"), Hosting(1, 1), payload, "parcels")
    shared.end()
