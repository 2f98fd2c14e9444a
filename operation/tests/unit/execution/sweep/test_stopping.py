"""A sweep ends early when its minutes are over or nothing gets better, and says which key said so."""

from typing import Any

import pytest

from operation.execution.sweep.stopping import reason_to_stop
from operation.tests.unit.execution.sweep.conftest import configured, ended

RISING = [{"roc_auc": 0.6}, {"roc_auc": 0.7}, {"roc_auc": 0.8}]
FALLING = RISING[::-1]


def reason(found: list[Any], seconds: float = 0, **sweep: Any) -> str:
    configuration = configured({"leaves": [7, 15, 31]}, **sweep)
    return reason_to_stop(configuration, ended(configuration, found), seconds)


def test_without_limits_nothing_stops() -> None:
    assert reason(FALLING, 1e9) == ""


@pytest.mark.parametrize(("seconds", "stops"), [(29.9, False), (30.0, True)])
def test_the_minutes_are_those_of_the_configuration(seconds: float, stops: bool) -> None:
    assert reason(RISING, seconds, minutes=0.5) == ("sweep.minutes is 0.5" if stops else "")


@pytest.mark.parametrize(("trials", "stops"), [(2, True), (3, False)])
def test_so_many_trials_without_a_better_one_stop(trials: int, stops: bool) -> None:
    expected = f"sweep.early_stopping_trials is {trials}, and trial 1 is best"
    assert reason(FALLING, early_stopping_trials=trials) == (expected if stops else "")


def test_trials_that_get_better_go_on() -> None:
    assert reason(RISING, early_stopping_trials=1) == ""


def test_failures_alone_are_no_best_trial_to_wait_behind() -> None:
    assert reason(["broken"] * 3, early_stopping_trials=1) == ""
