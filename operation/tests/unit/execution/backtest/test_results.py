"""What a policy gains over all months, and which is best."""

from math import sqrt

import pytest

from operation.errors import OperationError
from operation.execution.backtest.results import Result, best_policy, by_policy, mean_gain, read_result
from operation.tests.unit.execution.backtest.conftest import found


def test_the_gain_of_all_months_is_their_mean_and_surer_than_that_of_one(results: list[Result]) -> None:
    gain = mean_gain(by_policy(results)["monthly"])
    assert gain.difference == pytest.approx(0.04)
    assert (gain.lower, gain.upper) == pytest.approx((0.04 - 0.02 / sqrt(2), 0.04 + 0.04 / sqrt(2)))


def test_results_are_grouped_in_the_order_of_the_months(results: list[Result]) -> None:
    grouped = by_policy(list(reversed(results)))
    assert set(grouped) == {"monthly", "monthly, 30 days delayed", "rolling"}
    assert [each.cell.month for each in grouped["rolling"]] == ["2013-11", "2013-12"]


@pytest.mark.parametrize(
    ("monthly", "rolling", "expected"),
    [(0.03, 0.05, "rolling, 30 days delayed"), (0.03, -0.05, "monthly, 30 days delayed"), (0.01, 0.01, "frozen")],
)
def test_the_best_policy_surely_gains_although_outcomes_are_delayed(
    monthly: float, rolling: float, expected: str
) -> None:
    without = found("monthly", 0, 0.5, 0.5)
    assert best_policy([*without, *found("monthly", 30, *[monthly] * 2), *found("rolling", 30, *[rolling] * 2)]) == (
        expected
    )


def test_a_result_has_both_models_on_the_same_rows(results: list[Result]) -> None:
    comparison = {"difference": 0.1, "lower": 0.05, "upper": 0.2}
    champion = {"metrics": {"roc_auc": 0.6}}
    evaluation = {"metrics": {"roc_auc": 0.7}, "champion": champion, "comparison": comparison, "rows": 5}
    result = read_result(results[0].cell, "roc_auc", evaluation, "a-run")
    assert (result.metric, result.frozen, result.rows) == (0.7, 0.6, 5)
    assert str(result.gain) == "+0.1000 [+0.0500, +0.2000]"


def test_models_that_cannot_be_compared_are_an_error_that_names_policy_and_month(results: list[Result]) -> None:
    evaluation = {"comparison": {"impossible": "the champion knows the classes a, b, this model a"}}
    with pytest.raises(OperationError, match="monthly, 2013-11, cannot be compared: the champion knows"):
        read_result(results[0].cell, "roc_auc", evaluation, "a-run")
