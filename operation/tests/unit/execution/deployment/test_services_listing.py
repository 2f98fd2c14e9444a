"""What `invoke services` says of a version that no longer runs, and how to mend it."""

from operation.execution.deployment.services import losses
from operation.execution.values import Service
from operation.tests.parcels import load

READY = Service("parcel-delays", "http://127.0.0.1:1/score", {1: 0, 2: 100}, "ready", ended=[1])


def test_a_version_that_waited_and_has_ended_is_named_with_what_to_do() -> None:
    (line,) = losses(load(), READY)
    assert line.startswith("version 1, which was kept for a rollback, has ended. invoke rollback --reason TEXT starts")
    assert line.endswith("To forget it: invoke undeploy --version 1")


def test_a_failed_service_is_told_how_to_serve_again() -> None:
    failed = Service("parcel-delays", "", {1: 100}, "failed", "version 1 has ended", [1])
    assert losses(load(), failed) == ["to have the champion serve again: invoke deploy"]


def test_nothing_is_said_of_a_service_of_another_use_case() -> None:
    assert losses(load(), Service("boats", "", {1: 100}, "failed", ended=[1])) == []
