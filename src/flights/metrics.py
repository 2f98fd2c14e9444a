"""How good predicted probabilities are. Numpy only: importing scikit-learn would cost every script seconds.

A metric is prepared once for fixed labels and scores (sorting, binning) and then evaluated under many row weights.
A bootstrap resample is nothing but such weights, so that it costs a few cumulative sums and no sorting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]  # (rows,): was the flight late?
Scores = NDArray[np.float64]  # (rows,): its predicted probability of being late
Weights = NDArray[np.float64]  # (rows,): how often the row counts, at least 0
Weighted = Callable[[Weights], float]
CALIBRATION_BINS = 10
SLICE_METRICS = ("roc_auc", "average_precision", "log_loss")


@dataclass(frozen=True)
class Metric:
    """`function(labels, scores)` gives the metric as a function of row weights; NaN where it is not defined."""

    function: Callable[[Labels, Scores], Weighted]
    higher_is_better: bool

    def prepare(self, labels: NDArray[Any], scores: NDArray[Any]) -> Weighted:
        """Do the work that does not depend on the weights; `labels` are 0 and 1 or booleans."""
        return self.function(labels.astype(np.bool_), scores.astype(np.float64))

    def __call__(self, labels: NDArray[Any], scores: NDArray[Any], weights: Weights | None = None) -> float:
        """Return the metric; without weights every row counts once."""
        return self.prepare(labels, scores)(np.ones(len(labels)) if weights is None else weights)


def _roc_auc(labels: Labels, scores: Scores) -> Weighted:
    """Probability that a late flight scores above a punctual one, a tie counting half (Hanley & McNeil 1982)."""
    ascending = np.argsort(scores)
    late, punctual = ascending[labels[ascending]], ascending[~labels[ascending]]
    below = np.searchsorted(scores[punctual], scores[late], side="left")
    not_above = np.searchsorted(scores[punctual], scores[late], side="right")

    def weighted(weights: Weights) -> float:
        cumulative = np.concatenate(([0.0], np.cumsum(weights[punctual])))
        late_weights = weights[late]
        pairs = late_weights.sum() * cumulative[-1]
        wins = (late_weights * (cumulative[below] + cumulative[not_above])).sum() / 2
        return float(wins / pairs) if pairs > 0 else float("nan")

    return weighted


def _average_precision(labels: Labels, scores: Scores) -> Weighted:
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
    "roc_auc": Metric(_roc_auc, higher_is_better=True),
    "average_precision": Metric(_average_precision, higher_is_better=True),
    "log_loss": Metric(_log_loss, higher_is_better=False),
    "brier_score": Metric(_brier_score, higher_is_better=False),
    "calibration_error": Metric(_calibration_error, higher_is_better=False),
}


def calibration_table(labels: NDArray[Any], scores: NDArray[Any]) -> list[dict[str, float]]:
    """Return per bin that holds any row: the mean predicted probability, the observed late share and the rows."""
    bins = calibration_bins(scores.astype(np.float64))
    rows = np.bincount(bins)
    predicted, observed = np.bincount(bins, weights=scores), np.bincount(bins, weights=labels)
    return [
        {"predicted": float(predicted[i] / rows[i]), "observed": float(observed[i] / rows[i]), "rows": int(rows[i])}
        for i in np.flatnonzero(rows)
    ]


def slice_table(
    codes: NDArray[np.intp], values: Sequence[str], labels: NDArray[Any], scores: NDArray[Any]
) -> list[dict[str, str | float | None]]:
    """Return the metrics of each slice; `codes` (rows,) index into `values`. None: not defined in that slice."""
    table: list[dict[str, str | float | None]] = []
    for code, value in enumerate(values):
        chosen = codes == code
        found = {name: METRICS[name](labels[chosen], scores[chosen]) for name in SLICE_METRICS}
        defined = {name: None if np.isnan(metric) else metric for name, metric in found.items()}
        shares = {"rows": int(chosen.sum()), "late_share": float(labels[chosen].mean())}
        table.append({"value": value, **shares, **defined})
    return table
