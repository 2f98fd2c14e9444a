"""Thresholds: their alarms, precision, recall and costs are those that counting by hand gives."""

from typing import Any

import numpy as np
import pytest

from learning.thresholds import EVEN, Costs, threshold_table

OUTCOMES = np.array([True, True, False, True, False, False, False, False, False, False])
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.35, 0.3, 0.2, 0.1, 0.05])
GROUPS = np.arange(10) % 5


def table(costs: Costs = Costs(), repeat: int = 1) -> dict[str, Any]:  # noqa: B008  frozen
    outcomes, scores = np.tile(OUTCOMES, repeat), np.tile(SCORES, repeat)
    return threshold_table(outcomes, scores, np.tile(GROUPS, repeat), costs, 0.95)


def line(found: dict[str, Any], threshold: float) -> dict[str, Any]:
    return next(each for each in found["table"] if each["threshold"] == threshold)


def test_precision_and_recall_are_those_of_the_rows_at_or_above_the_threshold() -> None:
    found = line(table(), EVEN)
    assert (found["alarms"], found["alarm_share"]) == (4, 0.4)
    assert (found["precision"], found["recall"]) == (3 / 4, 1.0)
    assert line(table(), 0.7)["precision"] == pytest.approx(2 / 3)


def test_the_intervals_hold_the_value_and_stay_within_0_and_1() -> None:
    found = line(table(repeat=20), 0.7)
    for name in ("precision", "recall"):
        lower, upper = found[f"{name}_interval"]
        assert 0 <= lower <= found[name] <= upper <= 1


def test_the_cheapest_threshold_costs_least_of_all() -> None:
    found = table(Costs(false_alarm=1, missed=5), repeat=10)
    assert found["cheapest"]["threshold"] == 0.6  # one false alarm in ten rows, and no event is missed
    assert found["cheapest"]["cost"] == pytest.approx(0.1)
    assert min(found["curve"]["cost"]) == found["cheapest"]["cost"]
    assert (found["cost_without_alarms"], found["cost_of_alarms_only"]) == (pytest.approx(1.5), pytest.approx(0.7))
    assert line(found, 0.6)["cost"] == pytest.approx(0.1)


def test_costs_that_are_not_known_are_not_shown() -> None:
    found = table()
    assert "cheapest" not in found
    assert all("cost" not in each for each in [*found["table"], found["curve"]])


def test_no_alarm_has_no_precision_and_equal_scores_are_alarms_together() -> None:
    found = threshold_table(OUTCOMES, np.full(10, 0.3), GROUPS, Costs(), 0.95)
    assert line(found, EVEN) | {"precision": None, "alarms": 0} == line(found, EVEN)
    assert found["curve"]["alarms"] == [1.0]
