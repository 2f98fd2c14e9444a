"""The metrics that depend on the order of the scores alone, and the arrays that all metrics share.

A metric is a function of fixed labels and scores that gives a function of weights: see learning.metrics.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]  # (rows,): did the event happen, is the row positive?
Scores = NDArray[np.float64]  # (rows,): its predicted probability
Clusters = NDArray[np.intp]  # (rows,): the number of what the row is drawn with, from 0 without gaps
Weights = NDArray[np.float64]  # (rows,) or (clusters,): how often the row or each row of the cluster counts, at least 0
Weighted = Callable[[Weights], float]


def roc_auc(labels: Labels, scores: Scores) -> Weighted:
    """Return how often a positive row scores above a negative one, a tie counting half (Hanley & McNeil 1982)."""
    positive, negative, below, not_above = _ranks(labels, scores)

    def weighted(weights: Weights) -> float:
        cumulative = np.concatenate(([0.0], np.cumsum(weights[negative])))
        positive_weights = weights[positive]
        pairs = positive_weights.sum() * cumulative[-1]
        wins = (positive_weights * (cumulative[below] + cumulative[not_above])).sum() / 2
        return float(wins / pairs) if pairs > 0 else float("nan")

    return weighted


def roc_auc_of_few_clusters(labels: Labels, scores: Scores, clusters: Clusters) -> Weighted:
    """Return the same number: pairs are counted once for each two clusters, so that a draw touches no rows."""
    positive, negative, below, not_above = _ranks(labels, scores)
    of_positive, of_negative = clusters[positive], clusters[negative]
    count = int(clusters.max()) + 1
    wins = np.empty((count, count))  # of the positive rows of cluster i over the negative ones of cluster j
    for cluster in range(count):
        cumulative = np.concatenate(([0.0], np.cumsum(of_negative == cluster)))
        wins[:, cluster] = np.bincount(of_positive, cumulative[below] + cumulative[not_above], count) / 2
    positive_rows, negative_rows = np.bincount(of_positive, minlength=count), np.bincount(of_negative, minlength=count)

    def weighted(weights: Weights) -> float:
        pairs = (weights @ positive_rows) * (weights @ negative_rows)
        return float(weights @ wins @ weights / pairs) if pairs > 0 else float("nan")

    return weighted


def _ranks(labels: Labels, scores: Scores) -> tuple[NDArray[np.intp], ...]:
    """Return positive and negative rows by score, and how many negative ones are below and not above each positive."""
    ascending = np.argsort(scores)
    positive, negative = ascending[labels[ascending]], ascending[~labels[ascending]]
    below = np.searchsorted(scores[negative], scores[positive], side="left")
    not_above = np.searchsorted(scores[negative], scores[positive], side="right")
    return positive, negative, below, not_above


def average_precision(labels: Labels, scores: Scores) -> Weighted:
    """Average the precision at the score of each positive row: no interpolation, as in scikit-learn."""
    descending = np.argsort(-scores)
    positive = descending[labels[descending]]
    last_alarm = np.searchsorted(-scores[descending], -scores[positive], side="right") - 1
    last_hit = np.searchsorted(-scores[positive], -scores[positive], side="right") - 1

    def weighted(weights: Weights) -> float:
        positive_weights = weights[positive]
        alarms = np.cumsum(weights[descending])[last_alarm]
        hits = np.cumsum(positive_weights)[last_hit]
        precision = np.divide(hits, alarms, out=np.zeros(len(positive)), where=alarms > 0)
        total = positive_weights.sum()
        return float((positive_weights * precision).sum() / total) if total > 0 else float("nan")

    return weighted
