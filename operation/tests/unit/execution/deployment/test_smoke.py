"""The smoke test: whatever a service does wrong, one check turns red and says what came back."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution import values
from operation.execution.deployment import smoke as smoking
from operation.execution.deployment.golden import GoldenRows
from operation.execution.deployment.smoke import smoke
from operation.execution.deployment.targets import Reply
from operation.execution.values import ServiceState
from operation.tests.parcels import load

GOLDEN = GoldenRows([{"a": 0.1}, {"a": 0.2}], [0.1, 0.2])


class Service:
    """A model whose score is its feature; tests break it in one place."""

    version, fault, status = "3", "", 400

    def ready(self) -> str:
        return self.fault

    def ask(self, body: bytes) -> Reply:
        try:
            scores = [record["a"] for record in json.loads(body)["data"]]
        except (ValueError, KeyError, TypeError):
            return self.status, {"error": "wrong"}
        return 200, {"probabilities": self.scores(scores), "model_version": self.version}

    def scores(self, right: list[float]) -> list[float]:
        return right


@pytest.mark.parametrize("state", ["failed", "stopped", "starting"])
def test_a_service_that_is_not_ready_fails_though_its_versions_may_answer(
    monkeypatch: pytest.MonkeyPatch, state: ServiceState
) -> None:
    found = values.Service("parcel-delays", "http://127.0.0.1:8000/score", {3: 100}, state, "the router has ended")
    backend = SimpleNamespace(check=lambda: None, services=SimpleNamespace(find=lambda _: found))
    monkeypatch.setattr(smoking, "connect", lambda _: backend)
    with pytest.raises(OperationError, match=rf"is {state} \(the router has ended\)\. See: invoke services"):
        smoking.run(load(), "")


def run(service: Service, *settings: str) -> None:
    smoke(service, GOLDEN, 3, load(settings=list(settings)).serving)


def test_a_service_that_does_everything_right_passes(capsys: pytest.CaptureFixture[str]) -> None:
    run(Service())
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("ready", "golden rows", "wrong requests", "speed", "burst"))


def broken(**changes: Any) -> Service:
    service = Service()
    for name, value in changes.items():
        setattr(service, name, value)
    return service


def constant(right: list[float]) -> list[float]:
    return [0.15 for _ in right]


def swapped(right: list[float]) -> list[float]:
    return right[::-1]


@pytest.mark.parametrize(
    ("service", "message"),
    [
        (lambda: broken(fault="GET /ready answers HTTP 503"), "The service is not ready: GET /ready answers HTTP 503"),
        (lambda: broken(version="2"), "it says that it is version 2"),
        (lambda: broken(scores=constant), "golden row 0 scores 0.15, and 0.1 when the model was evaluated"),
        (lambda: broken(scores=swapped), "golden row 0 scores 0.2, and 0.1 when the model was evaluated"),
        (lambda: broken(scores=lambda right: right[:1]), "the number of its scores is 1, not 2"),
        (lambda: broken(status=200), "A wrong request, text that is not JSON, is answered with HTTP 200"),
        (lambda: broken(status=500), "A wrong request, text that is not JSON, is answered with HTTP 500"),
    ],
    ids=[
        "not ready",
        "another version",
        "constant",
        "swapped",
        "a row too few",
        "accepts nonsense",
        "fails on nonsense",
    ],
)
def test_a_service_that_does_something_wrong_fails(service: Callable[[], Service], message: str) -> None:
    with pytest.raises(OperationError, match=message):
        run(service())


@pytest.mark.parametrize("limit", ["serving.most_rows=1", "serving.most_bytes=21"])
def test_a_service_is_asked_no_more_than_its_limits_allow(limit: str) -> None:
    class Strict(Service):
        def scores(self, right: list[float]) -> list[float]:
            return right if len(right) == 1 else []

    run(Strict(), limit)


def test_a_service_that_is_too_slow_fails() -> None:
    with pytest.raises(OperationError, match=r"The slowest 1 % of 100 requests take .* serving.most_p99_ms is 1e-06"):
        run(Service(), "serving.most_p99_ms=0.000001")


def test_a_service_that_fails_under_many_clients_fails() -> None:
    asked = 0

    def fail_late(right: list[float]) -> list[float]:
        nonlocal asked
        asked += 1
        return right if asked < 130 else constant(right)

    with pytest.raises(OperationError, match=r"golden row 0 scores 0.15"):
        run(broken(scores=fail_late))
