"""What `invoke services` says of versions that do not run, or serve beside the champion; and its table of changes."""

from pathlib import Path

import pytest

from operation import console
from operation.execution.deployment import audit
from operation.execution.deployment.services import differences, losses, show
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


def test_a_trial_beside_the_champion_does_not_ask_for_the_champion_to_be_served() -> None:
    trial = Service("parcel-delays", "", {1: 90, 2: 10}, "ready")
    assert differences(load(), 1, trial) == [
        "the champion, version 1, shares the traffic with version 2. To serve the champion alone: invoke deploy. "
        "To make the other the champion: invoke promote --version 2"
    ]


def test_times_are_not_broken_where_reasons_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"])
    reason = "too many late answers, as the people at the desk said"
    audit.record(configuration, "rollback", 1, {1: 90, 2: 10}, {1: 100}, audit.DONE, reason)
    (entry,) = audit.entries(configuration)
    monkeypatch.setattr(console.output, "width", 140)
    show(configuration, audited=True)
    assert f" {entry.time[:19]}Z " in capsys.readouterr().out
