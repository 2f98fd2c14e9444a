"""How uncertain a metric is: an interval around it, cheap enough for every metric of every slice of each training run.

A jackknife that leaves out one group of rows at a time (Quenouille 1956; Shao & Wu 1989 for groups). What is drawn
together, such as the rows of one day, stays in one group, so the interval is as wide as days differ. With `GROUPS`
groups it costs a thirtieth of the bootstrap's thousand draws; learning.comparison keeps that for the gate, where the
ends decide.
"""

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.metrics import Metric
from learning.ranking import Clusters

GROUPS = 30  # more give hardly narrower intervals: Student's t with 29 degrees of freedom is 4 % above the normal
LEAST_GROUPS = 5  # fewer say nothing about how groups differ
LEAST_ROWS = 30  # of a slice
LEAST_OUTCOMES = 5  # of each of two outcomes in a slice

Interval = tuple[float, float]
Replicates = NDArray[np.float64]  # (1 + groups, ...): a number of all rows, then of the rows without each group
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # from sums (columns, ...) to numbers (...)


def group_rows(clusters: Clusters, seed: int) -> Clusters:
    """Return the number of each row's group (rows,), from 0 without gaps: clusters put together at random, evenly.

    Fewer clusters than GROUPS are a group each.
    """
    numbers = np.unique(clusters, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    order = np.random.default_rng(seed).permutation(count)
    return np.asarray(order[numbers] % GROUPS if count > GROUPS else numbers, dtype=np.intp)


def is_too_few(task: str, outcomes: NDArray[Any], groups: Clusters) -> bool:
    """Say whether these rows are too few to say anything about a model; of two outcomes, each must occur."""
    if len(outcomes) < LEAST_ROWS or len(np.unique(groups)) < LEAST_GROUPS:
        return True
    events = int(outcomes.sum()) if task == "binary" else 0
    return task == "binary" and min(events, len(outcomes) - events) < LEAST_OUTCOMES


def replicate(metric: Metric, outcomes: NDArray[Any], scores: NDArray[Any], groups: Clusters) -> Replicates:
    """Return the metric of all rows, then without each group; NaN where it is not defined."""
    numbers = np.unique(groups, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    weighted = metric.prepare_clusters(outcomes, scores, numbers)
    rest = [weighted(each) for each in 1 - np.eye(count)] if count > 1 else [float("nan")]
    return np.array([weighted(np.ones(count)), *rest])


def replicate_sums(sums: NDArray[np.float64], statistic: Statistic) -> Replicates:
    """Return the same of what is made of sums over rows; `sums` are (groups, columns, ...)."""
    whole = sums.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([statistic(whole), *(statistic(whole - each) for each in sums)])


def interval_of(replicates: Replicates, confidence: float, metric: Metric | None = None) -> Interval | None:
    """Return estimate ± t standard errors, cut to the values that the metric can have.

    None where it is not defined, or the groups are too few to say how they differ.
    """
    whole, without = replicates[0], replicates[1:]
    if np.isnan(replicates).any() or len(without) < LEAST_GROUPS:
        return None
    error = float(np.sqrt((len(without) - 1) / len(without) * ((without - without.mean()) ** 2).sum()))
    reach = student(confidence, len(without) - 1) * error
    lowest, highest = metric.range if metric else (None, None)
    lower, upper = float(whole - reach), float(whole + reach)
    return lower if lowest is None else max(lower, lowest), upper if highest is None else min(upper, highest)


def gain_of(metric: Metric, ours: Replicates, theirs: Replicates, confidence: float) -> dict[str, float] | None:
    """Return by how much one model is better than another on the same rows, with the interval of that difference.

    Positive means that ours is better, whatever the metric; None where it is not defined.
    """
    difference = ours - theirs if metric.higher_is_better else theirs - ours
    found = interval_of(difference, confidence)
    return None if found is None else {"difference": float(difference[0]), "lower": found[0], "upper": found[1]}


def student(confidence: float, freedom: int) -> float:
    """Return the quantile of Student's t that bounds a central interval; within 1 % from 4 degrees of freedom on.

    Abramowitz & Stegun 1964, formula 26.7.5: SciPy, which knows it exactly, takes half a second to import.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def as_list(interval: Interval | None) -> list[float] | None:
    """Return what JSON holds of an interval."""
    return None if interval is None else [*interval]
