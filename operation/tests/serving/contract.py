"""What the services of every backend owe their callers. A session imports these tests and gives the fixture `offered`.

The models of the fixture answer `PAYLOAD` differently, and say which version they are.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.values import Hosting, ModelVersion


@dataclass(frozen=True)
class Offered:
    """The services of a backend and two versions to serve; `shares` says whether it can divide the traffic."""

    services: Services
    versions: Sequence[ModelVersion]
    environment: Path
    hosting: Hosting
    payload: Any
    name: str
    shares: bool = True

    def deploy(self, place: int) -> int:
        """Deploy one of the versions, and return its number."""
        self.services.deploy(self.name, self.versions[place], self.environment, self.hosting)
        return self.versions[place].version

    def answering(self, version: int | None = None) -> str:
        """The version that answers, by its own word."""
        return str(self.services.score(self.name, self.payload, version)["model_version"])


def test_a_first_version_takes_all_of_the_traffic(offered: Offered) -> None:
    first = offered.deploy(0)
    found = offered.services.find(offered.name)
    assert found is not None
    assert (dict(found.traffic), found.state) == ({first: 100}, "ready")
    assert offered.answering() == str(first)


def test_a_second_version_waits_until_it_is_switched_to(offered: Offered) -> None:
    first, second = offered.deploy(0), offered.deploy(1)
    assert (offered.answering(), offered.answering(second)) == (str(first), str(second))
    offered.services.switch(offered.name, {second: 100})
    assert offered.answering() == str(second)


def test_the_address_stays_when_versions_change(offered: Offered) -> None:
    addresses = set()
    for place in (0, 1):
        version = offered.deploy(place)
        addresses.add(offered.services.switch(offered.name, {version: 100}).address)
    assert len(addresses) == 1


def test_the_traffic_goes_back_to_the_version_of_before(offered: Offered) -> None:
    first, second = offered.deploy(0), offered.deploy(1)
    offered.services.switch(offered.name, {second: 100})
    offered.services.switch(offered.name, {first: 100})
    assert offered.answering() == str(first)


def test_traffic_is_divided_or_refused_before_anything_starts(offered: Offered) -> None:
    first = offered.deploy(0)
    if not offered.shares:
        with pytest.raises(OperationError, match="--traffic"):
            offered.services.check(offered.name, offered.hosting, 50)
        return
    offered.services.check(offered.name, offered.hosting, 50)
    second = offered.deploy(1)
    found = offered.services.switch(offered.name, {first: 50, second: 50})
    assert dict(found.traffic) == {first: 50, second: 50}
    assert {offered.answering() for _ in range(4)} == {str(first), str(second)}


@pytest.mark.parametrize("share", [60, 101])
def test_percents_that_do_not_sum_to_100_are_refused(offered: Offered, share: int) -> None:
    first = offered.deploy(0)
    with pytest.raises(OperationError, match="100"):
        offered.services.switch(offered.name, {first: share})
    assert offered.answering() == str(first)


def test_a_version_without_traffic_is_deleted_alone(offered: Offered) -> None:
    first, second = offered.deploy(0), offered.deploy(1)
    offered.services.switch(offered.name, {second: 100})
    offered.services.delete(offered.name, first)
    found = offered.services.find(offered.name)
    assert found is not None
    assert [*found.traffic] == [second]
    assert offered.answering() == str(second)


def test_a_version_with_traffic_is_not_deleted_beside_others(offered: Offered) -> None:
    first, _ = offered.deploy(0), offered.deploy(1)
    with pytest.raises(OperationError, match=rf"{first}\b"):
        offered.services.delete(offered.name, first)
    assert offered.answering() == str(first)


def test_a_deleted_service_is_gone_and_may_be_deleted_again(offered: Offered) -> None:
    offered.deploy(0)
    offered.services.delete(offered.name)
    offered.services.delete(offered.name)
    assert offered.services.find(offered.name) is None
    assert offered.name not in [one.name for one in offered.services.list()]


def test_a_service_is_listed_and_has_a_log(offered: Offered) -> None:
    first = offered.deploy(0)
    assert offered.name in [one.name for one in offered.services.list()]
    assert offered.services.log(offered.name)
    assert offered.services.log(offered.name, first)


def test_what_is_not_there_is_named(offered: Offered) -> None:
    with pytest.raises(OperationError, match=offered.name):
        offered.services.score(offered.name, offered.payload)
    offered.deploy(0)
    for ask in (offered.services.log, offered.services.health):
        with pytest.raises(OperationError, match="999"):
            ask(offered.name, 999)


def test_answers_are_counted(offered: Offered) -> None:
    first = offered.deploy(0)
    before = offered.services.health(offered.name, first)
    for _ in range(3):
        offered.answering()

    until = time.monotonic() + 20
    while offered.services.health(offered.name, first).requests < before.requests + 3:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert offered.services.health(offered.name, first).errors == before.errors
