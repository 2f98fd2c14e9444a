"""Watching a version with traffic: by its answers to clients, and by those to golden rows."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from operation.errors import OperationError
from operation.execution.backends import Services
from operation.execution.deployment import watch as watching
from operation.execution.deployment.golden import GoldenRows
from operation.execution.values import Health
from operation.tests.parcels import load

GOLDEN = GoldenRows([{"a": 1}], [0.5])
RULE = load(settings=["serving={watch_seconds: 2, most_errors: 0.1, most_p99_ms: 100}"]).serving


class Version:
    """A service whose version has answered so, and a clock that goes on by so many seconds at each answer."""

    def __init__(self, health: Health, score: float = 0.5, seconds: float = 0.05) -> None:
        self.now = 0.0
        self._health, self._score, self._seconds = health, score, seconds

    def score(self, _name: str, _payload: Any, _version: int) -> dict[str, Any]:
        self.now += self._seconds
        return {"probabilities": [self._score], "model_version": "3"}

    def health(self, _name: str, _version: int) -> Health:
        return self._health


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[[Version, Health], str]:
    def watched(version: Version, before: Health) -> str:
        def sleep(seconds: float) -> None:
            version.now += seconds

        monkeypatch.setattr("time.sleep", sleep)
        return watching.watch(cast(Services, version), "parcels", 3, GOLDEN, RULE, before, lambda: version.now)

    return watched


@pytest.mark.parametrize(
    ("version", "before", "said"),
    [
        (Version(Health(0, 0, 0.0)), Health(0, 0, 0.0), "0 requests, 0 errors"),
        (Version(Health(100, 10, 99.0)), Health(0, 0, 0.0), "100 requests, 10 errors"),
        (Version(Health(120, 50, 99.0)), Health(100, 50, 0.0), "20 requests, 0 errors"),
        (Version(Health(50, 0, 500.0)), Health(50, 0, 500.0), "0 requests, 0 errors"),
    ],
    ids=["nobody-asks", "just-so-many-errors", "errors-of-before", "slow-before"],
)
def test_a_version_that_keeps_the_rules_passes(
    watch: Callable[[Version, Health], str], version: Version, before: Health, said: str
) -> None:
    assert watch(version, before) == said
    assert version.now >= RULE.watch_seconds


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (Version(Health(100, 11, 1.0)), r"11 of 100 requests failed, more than serving\.most_errors 0\.1 allows"),
        (Version(Health(1, 1, 1.0)), r"1 of 1 requests failed"),
        (Version(Health(100, 0, 101.0)), r"slowest 1 % take 101 ms, more than serving\.most_p99_ms 100"),
        (Version(Health(0, 0, 0.0), seconds=0.2), r"slowest 1 % take 200 ms"),
        (Version(Health(0, 0, 0.0), score=0.6), r"golden row 0 scores 0\.6"),
    ],
    ids=["errors", "one-error", "slow-for-clients", "slow-for-us", "wrong"],
)
def test_a_version_that_breaks_a_rule_is_named(
    watch: Callable[[Version, Health], str], version: Version, words: str
) -> None:
    with pytest.raises(OperationError, match=words):
        watch(version, Health(0, 0, 0.0))
