"""Intervals of metrics: as wide as the truth varies, cut to what a metric can be, and absent where nothing is known."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.intervals import (
    GROUPS,
    gain_of,
    group_rows,
    interval_of,
    is_too_few,
    replicate,
    replicate_sums,
    student,
)
from learning.metrics import METRICS

MAE = METRICS["mae"]


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    errors = np.random.default_rng(1).normal(10, 2, 25)
    found = interval_of(replicate(MAE, errors, np.zeros(25), np.arange(25)), 0.95)
    reach = 2.0639 * errors.std(ddof=1) / 5  # Student's t with 24 degrees of freedom
    assert found == pytest.approx((errors.mean() - reach, errors.mean() + reach), rel=1e-3)


def test_nineteen_in_twenty_intervals_of_clustered_rows_hold_the_truth() -> None:
    generator = np.random.default_rng(2)
    held = 0
    for _ in range(300):
        days = np.repeat(np.arange(50), 8)
        errors = 5 + generator.normal(0, 1, 50)[days] + generator.normal(0, 1, 400)
        lower, upper = interval_of(replicate(MAE, errors, np.zeros(400), group_rows(days, 1)), 0.95) or (0.0, 0.0)
        held += lower <= 5 <= upper
    assert 0.92 < held / 300 < 0.98


def test_rows_that_share_a_day_stay_together_and_many_days_become_few_groups() -> None:
    days = np.repeat(np.arange(200), 3)
    groups = group_rows(days, 1)
    assert len(np.unique(groups)) == GROUPS
    assert all(len(set(groups[days == day])) == 1 for day in (0, 77, 199))
    assert np.bincount(groups).max() - np.bincount(groups).min() <= 3


def test_an_interval_is_cut_to_the_values_that_the_metric_can_have() -> None:
    outcomes, scores = np.tile([True, False], 40), np.tile([0.9, 0.1], 40)
    scores[:2] = 0.1, 0.9
    metric = METRICS["roc_auc"]
    lower, upper = interval_of(replicate(metric, outcomes, scores, np.arange(80) // 2), 0.95, metric) or (0.0, 0.0)
    assert lower < upper == 1.0


@pytest.mark.parametrize("metric", ["mae", "r2"])
def test_a_gain_is_positive_where_ours_is_better_whatever_the_direction(metric: str) -> None:
    generator = np.random.default_rng(3)
    outcomes = generator.normal(size=200)
    good, poor = (outcomes + generator.normal(0, error, 200) for error in (0.1, 1.0))
    groups = group_rows(np.arange(200), 1)
    ours, theirs = (replicate(METRICS[metric], outcomes, each, groups) for each in (good, poor))
    gain = gain_of(METRICS[metric], ours, theirs, 0.95)
    assert gain is not None
    assert 0 < gain["lower"] < gain["difference"] < gain["upper"]


@pytest.mark.parametrize(
    ("outcomes", "groups", "too_few"),
    [
        (np.tile([0, 1], 15), np.arange(30) % 10, False),
        (np.tile([0, 1], 14), np.arange(28) % 10, True),
        (np.append(np.zeros(40), [1]), np.arange(41) % 10, True),
        (np.tile([0, 1], 15), np.arange(30) % 2, True),
    ],
    ids=["enough", "few rows", "one event", "two groups"],
)
def test_a_slice_says_nothing_with_few_rows_few_events_or_few_groups(
    outcomes: NDArray[Any], groups: NDArray[np.intp], too_few: bool
) -> None:
    assert is_too_few("binary", outcomes, groups) == too_few


def test_what_is_not_defined_without_a_group_has_no_interval() -> None:
    outcomes, scores = np.array([True, False, False, False]), np.array([0.9, 0.1, 0.2, 0.3])
    assert interval_of(replicate(METRICS["roc_auc"], outcomes, scores, np.arange(4)), 0.95) is None
    assert interval_of(replicate_sums(np.array([[0.0, 0.0], [1.0, 2.0]]), lambda sums: sums[0] / sums[1]), 0.95) is None


@pytest.mark.parametrize(("freedom", "expected"), [(4, 2.7764), (9, 2.2622), (29, 2.0452), (1000, 1.9623)])
def test_students_quantile_is_that_of_the_table(freedom: int, expected: float) -> None:
    assert student(0.95, freedom) == pytest.approx(expected, rel=0.01)


def test_few_groups_have_no_interval() -> None:
    errors = np.arange(40.0)
    assert interval_of(replicate(MAE, errors, np.zeros(40), np.arange(40) % 4), 0.95) is None
    assert interval_of(replicate(MAE, errors, np.zeros(40), np.arange(40) % 5), 0.95) is not None
