"""How good predicted probabilities are. Numpy only: importing scikit-learn would cost every script seconds.

A metric is prepared once for fixed labels and scores (sorting, binning) and then evaluated under many row weights.
A bootstrap resample is nothing but such weights, so that it costs a few cumulative sums and no sorting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.ranking import (
    Clusters,
    Labels,
    Scores,
    Weighted,
    Weights,
    average_precision,
    roc_auc,
    roc_auc_of_few_clusters,
)

CALIBRATION_BINS = 10
FEW_CLUSTERS = 366  # for which the pairs of clusters are worth a table; days of a year, for example
SLICE_METRICS = ("roc_auc", "average_precision", "log_loss")


@dataclass(frozen=True)
class Metric:
    """`function(labels, scores)` gives the metric as a function of row weights; NaN where it is not defined.

    It is not defined where a score is NaN: sorting would put that row first, and a model that fails on every positive
    row would be the best one.
    """

    function: Callable[[Labels, Scores], Weighted]
    higher_is_better: bool
    of_few_clusters: Callable[[Labels, Scores, Clusters], Weighted] | None = None

    def prepare(self, labels: NDArray[Any], scores: NDArray[Any]) -> Weighted:
        """Do the work that does not depend on the weights; `labels` are 0 and 1 or booleans."""
        return self.function(labels.astype(np.bool_), scores.astype(np.float64)) if _all_numbers(scores) else _undefined

    def prepare_clusters(self, labels: NDArray[Any], scores: NDArray[Any], clusters: Clusters) -> Weighted:
        """Like `prepare`, but a function of the weight of each cluster, (clusters,)."""
        if self.of_few_clusters and clusters.max() < FEW_CLUSTERS and _all_numbers(scores):
            return self.of_few_clusters(labels.astype(np.bool_), scores.astype(np.float64), clusters)
        weighted = self.prepare(labels, scores)
        return lambda weights: weighted(weights[clusters])

    def __call__(self, labels: NDArray[Any], scores: NDArray[Any], weights: Weights | None = None) -> float:
        """Return the metric; without weights every row counts once."""
        return self.prepare(labels, scores)(np.ones(len(labels)) if weights is None else weights)


def _all_numbers(scores: NDArray[Any]) -> bool:
    return not np.isnan(scores).any()


def _undefined(_weights: Weights) -> float:
    return float("nan")


def _weighted_mean(values: NDArray[np.float64]) -> Weighted:
    return lambda weights: float(np.average(values, weights=weights))


def _log_loss(labels: Labels, scores: Scores) -> Weighted:
    """Mean negative log-likelihood in nats; a wrong certainty is clipped to cost 36, not infinity."""
    epsilon = np.finfo(np.float64).eps
    return _weighted_mean(-np.log(np.clip(np.where(labels, scores, 1 - scores), epsilon, 1 - epsilon)))


def _brier_score(labels: Labels, scores: Scores) -> Weighted:
    """Mean squared difference between outcome and probability (Brier 1950)."""
    return _weighted_mean((labels - scores) ** 2)


def calibration_bins(scores: Scores) -> NDArray[np.intp]:
    """Return the index of the equal-width bin of each score; a score on an edge belongs to the lower bin."""
    return np.searchsorted(np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1], scores)


def _calibration_error(labels: Labels, scores: Scores) -> Weighted:
    """Expected calibration error: the gap between predicted and observed share per bin, averaged over the rows.

    Equal-width bins as in Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3: unlike quantile
    bins they are the same for every model and every resample.
    """
    bins, gaps = calibration_bins(scores), labels - scores

    def weighted(weights: Weights) -> float:
        return float(np.abs(np.bincount(bins, weights=weights * gaps)).sum() / weights.sum())

    return weighted


METRICS: Mapping[str, Metric] = {
    "roc_auc": Metric(roc_auc, higher_is_better=True, of_few_clusters=roc_auc_of_few_clusters),
    "average_precision": Metric(average_precision, higher_is_better=True),
    "log_loss": Metric(_log_loss, higher_is_better=False),
    "brier_score": Metric(_brier_score, higher_is_better=False),
    "calibration_error": Metric(_calibration_error, higher_is_better=False),
}


def calibration_table(labels: NDArray[Any], scores: NDArray[Any]) -> list[dict[str, float]]:
    """Return per bin that holds any row: the mean predicted probability, the share of positive rows and the rows."""
    bins = calibration_bins(scores.astype(np.float64))
    rows = np.bincount(bins)
    predicted, observed = np.bincount(bins, weights=scores), np.bincount(bins, weights=labels)
    return [
        {"predicted": float(predicted[i] / rows[i]), "observed": float(observed[i] / rows[i]), "rows": int(rows[i])}
        for i in np.flatnonzero(rows)
    ]


def slice_table(
    codes: NDArray[np.intp],
    values: Sequence[str],
    labels: NDArray[Any],
    scores: NDArray[Any],
    more: Sequence[str] = (),
) -> list[dict[str, str | float | None]]:
    """Return per slice its rows, the share of positive ones and the metrics; None: not defined in that slice.

    `codes` (rows,) index into `values`; `more` names metrics beside SLICE_METRICS.
    """
    table: list[dict[str, str | float | None]] = []
    for code, value in enumerate(values):
        chosen = codes == code
        found = {name: METRICS[name](labels[chosen], scores[chosen]) for name in dict.fromkeys((*SLICE_METRICS, *more))}
        defined = {name: None if np.isnan(metric) else metric for name, metric in found.items()}
        shares = {"rows": int(chosen.sum()), "positive_share": float(labels[chosen].mean())}
        table.append({"value": value, **shares, **defined})
    return table
