"""Rolling back: to which version, what moves with it, and what is written down of it."""

import os
import signal

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.services.services import Services
from operation.execution.backends.local.services.state import State
from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import audit, deploy
from operation.execution.deployment import services as listing
from operation.tests.integration.serving.conftest import Place
from operation.tests.serving.registry import NAME, Registry

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def two(shared: Place, connected: None) -> Configuration:
    """Version 2 serves and is the champion; version 1, which did so before, waits."""
    configuration, registry = shared.configured(), shared.registry
    (configuration.outputs / "services" / audit.FILE).unlink(missing_ok=True)
    found = shared.services.find(configuration.service)
    if found and (dict(found.traffic) != {1: 0, 2: 100} or found.state != "ready"):
        shared.end()
    versions = registry.versions(NAME)[-2:] or [registry.add(), registry.add()][::-1]
    for version in reversed(versions):
        registry.promote(version)
        deploy.deploy(configuration)
    return configuration


def traffic(services: Services) -> dict[int, int]:
    return dict(services.list()[0].traffic)


def test_a_rollback_moves_traffic_and_champion_to_the_last_version_that_passed(
    two: Configuration, services: Services, registry: Registry
) -> None:
    assert traffic(services) == {1: 0, 2: 100}
    deploy.rollback(two, None, "too many late answers")
    assert traffic(services) == {1: 100}
    champion = registry.find(NAME)
    assert champion is not None
    assert champion.version == 1
    last = [*audit.entries(two)][-1]
    assert (last.verb, last.version, last.before, last.reason) == (
        *("rollback", 1, {"1": 0, "2": 100}),
        "too many late answers",
    )


def test_a_version_that_was_rolled_back_from_is_not_returned_to(two: Configuration) -> None:
    deploy.rollback(two, None, "bad")
    with pytest.raises(OperationError, match=r"No earlier version of parcel-delays took all the traffic"):
        deploy.rollback(two, None, "bad, too")


def test_a_rollback_starts_a_version_that_does_not_wait_any_more(two: Configuration, services: Services) -> None:
    services.delete(two.service, 1)
    deploy.rollback(two, 1, "bad")
    assert traffic(services) == {1: 100}


def test_a_rollback_away_from_a_version_that_has_died(two: Configuration, services: Services) -> None:
    state = State.read(two.outputs / "services" / two.service)
    assert state is not None
    os.kill(state.versions[2].process.pid, signal.SIGKILL)
    deploy.rollback(two, None, "dead")
    assert traffic(services) == {1: 100}


@pytest.mark.parametrize(
    ("to", "reason", "words"), [(None, " ", "--reason is missing"), (999, "x", "has no version 999")]
)
def test_a_rollback_needs_a_reason_and_a_version(
    two: Configuration, services: Services, to: int | None, reason: str, words: str
) -> None:
    with pytest.raises(OperationError, match=words):
        deploy.rollback(two, to, reason)
    assert traffic(services) == {1: 0, 2: 100}


def test_services_and_audit_are_listed(
    two: Configuration, services: Services, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    listing.show(two)
    assert "100 %" in (shown := capsys.readouterr().out)
    assert services.list()[0].address in shown
    assert "To serve the champion" not in shown
    registry.promote(registry.add())
    listing.show(two)
    said = " ".join(capsys.readouterr().out.split())
    assert "the champion is version 3, and version 2 serves" in said
    assert "To make what serves the champion: invoke promote --version 2" in said
    listing.show(two, audited=True)
    assert capsys.readouterr().out.count("deploy") == 2


def test_a_version_is_ended_alone_and_then_the_service(two: Configuration, services: Services) -> None:
    with pytest.raises(OperationError, match=r"Version 2 takes 100 % of the traffic"):
        deploy.undeploy(two, 2)
    deploy.undeploy(two, 1)
    assert traffic(services) == {2: 100}
    with pytest.raises(OperationError, match=r"or end the service: invoke undeploy"):
        deploy.undeploy(two, 2)
    deploy.undeploy(two)
    assert not services.list()
    with pytest.raises(OperationError, match="does not serve anything"):
        deploy.undeploy(two)
    assert [one.verb for one in audit.entries(two)] == ["deploy", "deploy", "undeploy", "undeploy"]
