"""The paired bootstrap: its direction, its width, and that it does not see differences where there are none."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.comparison import Difference, paired_bootstrap
from learning.errors import InputError
from learning.metrics import METRICS

GENERATOR = np.random.default_rng(1)
ROWS = 2000
LABELS = GENERATOR.random(ROWS) < 0.3
GOOD = np.clip(0.1 + 0.8 * LABELS + 0.1 * GENERATOR.normal(size=ROWS), 0.01, 0.99)
POOR = np.full(ROWS, 0.6) + 0.01 * GENERATOR.normal(size=ROWS)
CLASSES = GENERATOR.choice(3, ROWS, p=[0.6, 0.3, 0.1])
SHARES = 15 * np.eye(3)[CLASSES] + GENERATOR.random((ROWS, 3))
TARGETS = GENERATOR.normal(size=ROWS)
Table = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]  # outcomes, the scores of a good model and those of a poor one
TABLES: dict[str, Table] = {
    "binary": (LABELS, GOOD, POOR),
    "multiclass": (CLASSES, SHARES / SHARES.sum(axis=1, keepdims=True), np.tile([0.2, 0.6, 0.2], (ROWS, 1))),
    "regression": (TARGETS, TARGETS + 0.1 * GENERATOR.normal(size=ROWS), 1 + 0.1 * GENERATOR.normal(size=ROWS)),
}
EACH_ROW = np.arange(ROWS)
every_metric = pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name, metric in METRICS.items() for task in metric.tasks]
)


def compare(
    candidate: np.ndarray,
    champion: np.ndarray,
    *,
    name: str = "roc_auc",
    task: str = "binary",
    clusters: np.ndarray = EACH_ROW,
    seed: int = 0,
) -> Difference:
    outcomes = TABLES[task][0]
    return paired_bootstrap(
        METRICS[name], outcomes, candidate, champion, clusters, confidence=0.95, resamples=200, seed=seed
    )


@cache
def good_beside_poor(name: str, task: str) -> Difference:
    """Compare the good candidate with the poor champion, once for all tests."""
    _, good, poor = TABLES[task]
    return compare(good, poor, name=name, task=task)


@every_metric
def test_a_positive_difference_means_a_better_candidate_whatever_the_metric(name: str, task: str) -> None:
    _, good, poor = TABLES[task]
    better, worse = good_beside_poor(name, task), compare(poor, good, name=name, task=task)
    assert 0 < better.lower <= better.difference <= better.upper
    turned = (-better.difference, -better.upper, -better.lower)
    assert (worse.difference, worse.lower, worse.upper) == pytest.approx(turned)


@every_metric
def test_the_interval_of_the_champion_is_around_its_own_metric(name: str, task: str) -> None:
    outcomes, _, poor = TABLES[task]
    found, metric = good_beside_poor(name, task), METRICS[name](outcomes, poor)
    assert found.champion_lower <= metric <= found.champion_upper
    assert found.champion_upper - found.champion_lower < 0.3


def test_the_interval_of_the_champion_does_not_depend_on_the_candidate() -> None:
    first, second = compare(GOOD, POOR), compare(POOR, POOR)
    assert (first.champion_lower, first.champion_upper) == (second.champion_lower, second.champion_upper)


@pytest.mark.parametrize("clusters", [EACH_ROW, EACH_ROW % 7], ids=["many", "few"])
@every_metric
def test_scores_that_are_no_numbers_are_neither_better_nor_worse(name: str, task: str, clusters: np.ndarray) -> None:
    outcomes, _, poor = TABLES[task]
    broken = poor.copy()
    broken[outcomes > 0] = np.nan
    for candidate, champion in ((broken, poor), (poor, broken)):
        with pytest.raises(InputError, match="holds two different outcomes"):
            compare(candidate, champion, name=name, task=task, clusters=clusters)


@every_metric
def test_identical_scores_differ_by_exactly_nothing(name: str, task: str) -> None:
    _, good, _ = TABLES[task]
    found = compare(good, good.copy(), name=name, task=task)
    assert (found.difference, found.lower, found.upper) == (0.0, 0.0, 0.0)


def test_the_seed_decides_the_interval() -> None:
    assert compare(GOOD, POOR, seed=1) == compare(GOOD, POOR, seed=1)
    assert compare(GOOD, POOR, seed=1).lower != compare(GOOD, POOR, seed=2).lower


def test_rows_that_share_their_fate_widen_the_interval_only_when_drawn_together() -> None:
    """Every row 20 times over: the interval of whole clusters is that of the distinct rows, single rows seem sure."""
    distinct = ROWS // 20
    labels, good, poor = (values[:distinct].repeat(20) for values in (LABELS, GOOD, GENERATOR.random(ROWS)))

    def width(clusters: np.ndarray) -> float:
        found = paired_bootstrap(
            METRICS["brier_score"], labels, good, poor, clusters, confidence=0.95, resamples=500, seed=0
        )
        return found.upper - found.lower

    assert width(EACH_ROW // 20) / width(EACH_ROW) == pytest.approx(np.sqrt(20), rel=0.2)


def test_the_interval_of_a_mean_difference_is_that_of_the_normal_distribution() -> None:
    found = compare(GOOD, POOR, name="brier_score")
    gains = (LABELS - POOR) ** 2 - (LABELS - GOOD) ** 2
    half_width = 1.96 * gains.std() / np.sqrt(ROWS)
    assert (found.upper - found.lower) / 2 == pytest.approx(half_width, rel=0.15)


def test_draws_that_leave_a_single_class_do_not_count() -> None:
    labels, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])
    found = paired_bootstrap(
        METRICS["roc_auc"], labels, scores, 1 - scores, np.arange(4), confidence=0.9, resamples=200, seed=0
    )
    assert found == Difference(1.0, 1.0, 1.0, 0.0, 0.0)


def test_draws_that_all_leave_a_single_class_are_an_error() -> None:
    labels, scores = np.array([0, 1]), np.array([0.1, 0.9])
    seed_of_a_draw_of_one_row_twice = 0
    with pytest.raises(InputError, match="no draw of the bootstrap holds two different outcomes"):
        paired_bootstrap(
            METRICS["roc_auc"],
            labels,
            scores,
            scores,
            np.arange(2),
            confidence=0.9,
            resamples=1,
            seed=seed_of_a_draw_of_one_row_twice,
        )


@pytest.mark.unmeasured
def test_equally_good_models_seem_different_no_more_often_than_the_confidence_says() -> None:
    """At a confidence of 0.9, 5 % of the intervals may lie above zero; 11 of 100 is the 99.5th percentile of that."""
    generator = np.random.default_rng(7)
    above = 0
    for seed in range(100):
        labels = generator.random(400) < 0.3
        signal = labels + generator.normal(size=400)
        candidate, champion = (signal + generator.normal(size=400) for _ in range(2))
        found = paired_bootstrap(
            METRICS["roc_auc"], labels, candidate, champion, np.arange(400), confidence=0.9, resamples=100, seed=seed
        )
        above += found.lower > 0
    assert 1 <= above <= 11
