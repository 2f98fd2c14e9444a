"""The metrics that depend on the order of the scores alone, and the arrays that all metrics share.

A metric is a function of fixed labels and scores that gives a function of weights: see flights.metrics.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]  # (rows,): was the flight late?
Scores = NDArray[np.float64]  # (rows,): its predicted probability of being late
Clusters = NDArray[np.intp]  # (rows,): the number of what the row is drawn with, from 0 without gaps
Weights = NDArray[np.float64]  # (rows,) or (clusters,): how often the row or each row of the cluster counts, at least 0
Weighted = Callable[[Weights], float]


def roc_auc(labels: Labels, scores: Scores) -> Weighted:
    """Probability that a late flight scores above a punctual one, a tie counting half (Hanley & McNeil 1982)."""
    late, punctual, below, not_above = _ranks(labels, scores)

    def weighted(weights: Weights) -> float:
        cumulative = np.concatenate(([0.0], np.cumsum(weights[punctual])))
        late_weights = weights[late]
        pairs = late_weights.sum() * cumulative[-1]
        wins = (late_weights * (cumulative[below] + cumulative[not_above])).sum() / 2
        return float(wins / pairs) if pairs > 0 else float("nan")

    return weighted


def roc_auc_of_few_clusters(labels: Labels, scores: Scores, clusters: Clusters) -> Weighted:
    """The same number: its pairs are counted once for each two clusters, so that a draw does not touch the rows."""
    late, punctual, below, not_above = _ranks(labels, scores)
    of_late, of_punctual = clusters[late], clusters[punctual]
    count = int(clusters.max()) + 1
    wins = np.empty((count, count))  # of the late flights of the row's cluster over the punctual ones of the column's
    for cluster in range(count):
        cumulative = np.concatenate(([0.0], np.cumsum(of_punctual == cluster)))
        wins[:, cluster] = np.bincount(of_late, cumulative[below] + cumulative[not_above], count) / 2
    late_rows, punctual_rows = np.bincount(of_late, minlength=count), np.bincount(of_punctual, minlength=count)

    def weighted(weights: Weights) -> float:
        pairs = (weights @ late_rows) * (weights @ punctual_rows)
        return float(weights @ wins @ weights / pairs) if pairs > 0 else float("nan")

    return weighted


def _ranks(labels: Labels, scores: Scores) -> tuple[NDArray[np.intp], ...]:
    """Return the late and the punctual rows by score, and how many punctual ones are below and not above each late."""
    ascending = np.argsort(scores)
    late, punctual = ascending[labels[ascending]], ascending[~labels[ascending]]
    below = np.searchsorted(scores[punctual], scores[late], side="left")
    not_above = np.searchsorted(scores[punctual], scores[late], side="right")
    return late, punctual, below, not_above


def average_precision(labels: Labels, scores: Scores) -> Weighted:
    """Precision at the score of each late flight, averaged over the late flights: no interpolation, as scikit-learn."""
    descending = np.argsort(-scores)
    late = descending[labels[descending]]
    last_alarm = np.searchsorted(-scores[descending], -scores[late], side="right") - 1
    last_hit = np.searchsorted(-scores[late], -scores[late], side="right") - 1

    def weighted(weights: Weights) -> float:
        late_weights = weights[late]
        alarms = np.cumsum(weights[descending])[last_alarm]
        hits = np.cumsum(late_weights)[last_hit]
        precision = np.divide(hits, alarms, out=np.zeros(len(late)), where=alarms > 0)
        total = late_weights.sum()
        return float((late_weights * precision).sum() / total) if total > 0 else float("nan")

    return weighted
