"""The decision on a window: what alarms, what is damage and what a changed world."""

import pytest

from operation.monitoring.decision import decide, drifts
from operation.monitoring.thresholds import MEASURES, Finding

CALM = Finding("missing/temp", 0.01, 0.05)
DAMAGED = Finding("missing/temp", 0.3, 0.05)
DRIFTED = Finding("shape/temp", 0.3, 0.1)
SILENT = Finding("silence/requests", 1.5, 1)


def test_nothing_above_its_limit_is_waited_for() -> None:
    decision = decide([CALM], 100, None)
    assert (decision.action, decision.alarms) == ("wait", ())


def test_damage_is_investigated_and_named_with_both_figures() -> None:
    decision = decide([CALM, DAMAGED], 100, None)
    assert decision.action == "investigate"
    assert decision.reasons[1] == "temp is missing more often than it ever was: missing 0.3, at most 0.05"


@pytest.mark.parametrize(
    ("before", "action"),
    [(None, "investigate"), ({"drift": False}, "investigate"), ({"drift": True}, "retrain")],
    ids=["first window", "the one before was calm", "the one before had changed, too"],
)
def test_a_changed_world_is_learned_from_when_it_lasts(before: dict[str, bool] | None, action: str) -> None:
    decision = decide([CALM, DRIFTED], 100, before)
    assert decision.action == action
    assert drifts(decision)


def test_damage_is_never_learned_from() -> None:
    decision = decide([DRIFTED, DAMAGED], 100, {"drift": True})
    assert decision.action == "investigate"
    assert not drifts(decision)


def test_a_service_that_fails_is_not_called_damaged_data() -> None:
    decision = decide([CALM, SILENT], 100, {"drift": True})
    assert decision.action == "investigate"
    assert decision.reasons[0] == "something is wrong with the service"
    assert not drifts(decision)


def test_a_service_that_fails_does_not_keep_a_changed_world_from_being_learned() -> None:
    decision = decide([SILENT, DRIFTED], 100, {"drift": True})
    assert decision.action == "retrain"
    assert decision.reasons[:2] == (
        "the data have changed for two windows in a row",
        "something is wrong with the service",
    )
    assert drifts(decision)


def test_alarms_are_in_the_order_of_how_far_they_are_above_their_limits() -> None:
    assert [each.key for each in decide([DRIFTED, CALM, DAMAGED], 100, None).alarms] == ["missing/temp", "shape/temp"]


def test_a_window_without_rows_is_silence() -> None:
    assert decide([], 0, None).reasons == ("silence: the window holds no row",)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_means_and_alarms_unless_it_is_evidence(name: str) -> None:
    finding = Finding(f"{name}/temp", 2.0, 1.0)
    assert finding.text.endswith(f": {name} 2, at most 1")
    assert decide([finding], 1, None).action == ("wait" if MEASURES[name].shows == "evidence" else "investigate")


def test_evidence_stands_behind_the_reasons_of_an_alarm_and_is_none() -> None:
    evidence = Finding("attribution/temp", 0.2, 0.05)
    found = decide([evidence, DRIFTED], 100, None)
    assert found.reasons[-1] == evidence.text
    assert found.alarms == (DRIFTED,)
    assert decide([evidence], 100, None).reasons == ("everything is as in the reference",)
