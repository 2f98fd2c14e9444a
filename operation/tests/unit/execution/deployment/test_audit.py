"""The audit of deployments: what is appended, what is read, and where a rollback returns to."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from operation.execution.configuration.sections import Configuration
from operation.execution.deployment import audit
from operation.tests.parcels import load

Change = tuple[str, int, dict[int, int], dict[int, int]]
FIRST: Change = ("deploy", 1, {}, {1: 100})
SECOND: Change = ("deploy", 2, {1: 100}, {1: 0, 2: 100})
BACK: Change = ("rollback", 1, {1: 0, 2: 100}, {1: 100})


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path}"])


def write(configuration: Configuration, changes: Sequence[Change], outcome: str = audit.DONE) -> None:
    for verb, version, before, after in changes:
        audit.record(configuration, verb, version, before, after, outcome, "because")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], None),
        ([FIRST], None),
        ([FIRST, SECOND], 1),
        ([FIRST, SECOND, BACK], None),
        ([FIRST, SECOND, BACK, SECOND], 1),
        ([FIRST, SECOND, ("deploy", 3, {1: 0, 2: 100}, {2: 90, 3: 10})], 2),
        ([FIRST, ("deploy", 2, {1: 100}, {1: 90, 2: 10}), ("deploy", 3, {1: 90, 2: 10}, {1: 0, 3: 100})], 1),
        ([FIRST, SECOND, ("deploy", 2, {1: 0, 2: 100}, {2: 100})], 1),
        ([FIRST, SECOND, ("undeploy", 1, {1: 0, 2: 100}, {2: 100})], 1),
        ([FIRST, SECOND, ("undeploy", 1, {1: 0, 2: 100}, {}), ("undeploy", 2, {1: 0, 2: 100}, {})], 1),
    ],
    ids=[
        "nothing",
        "one",
        "two",
        "back",
        "again",
        "a-share-now",
        "never-but-a-share",
        "the-same-again",
        "the-other-ended",
        "all-ended",
    ],
)
def test_a_rollback_returns_to_the_last_other_version_that_passed_with_all_the_traffic(
    configuration: Configuration, changes: list[Change], expected: int | None
) -> None:
    write(configuration, changes)
    assert audit.last_that_passed(configuration, changes[-1][3] if changes else {}) == expected


@pytest.mark.parametrize("traffic", [{1: 0, 2: 100}, {1: 90, 2: 10}], ids=["all", "a-share"])
def test_a_deployment_that_was_killed_is_returned_from_though_nothing_is_written_of_it(
    configuration: Configuration, traffic: dict[int, int]
) -> None:
    write(configuration, [FIRST])
    assert audit.last_that_passed(configuration, traffic) == 1


def test_a_version_that_failed_is_not_returned_to(configuration: Configuration) -> None:
    write(configuration, [FIRST])
    write(configuration, [SECOND], audit.FAILED)
    write(configuration, [("deploy", 3, {1: 100}, {1: 0, 3: 100})])
    assert audit.last_that_passed(configuration, {1: 0, 3: 100}) == 1


def test_an_entry_that_was_cut_off_spoils_no_other(configuration: Configuration) -> None:
    write(configuration, [FIRST])
    file = configuration.outputs / "services" / audit.FILE
    file.write_bytes(file.read_bytes() + b'{"time": "2026')
    write(configuration, [SECOND])
    assert [one.version for one in audit.entries(configuration)] == [1, 2]


def test_entries_are_of_their_environment_and_say_who(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_REQUESTEDFOR", "Ada")
    write(configuration, [FIRST])
    assert [(one.who, one.environment, one.reason) for one in audit.entries(configuration)] == [
        ("Ada", "local", "because")
    ]
    assert not [*audit.entries(load("dev", [f"backend.outputs={tmp_path}"]))]
