"""How good predictions are. Numpy only: importing scikit-learn would cost every script seconds.

A metric is prepared once for fixed outcomes and scores (sorting, binning) and then evaluated under many row weights.
A bootstrap resample is nothing but such weights, so that it costs a few cumulative sums and no sorting.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.outcomes import Outcomes, summarize
from learning.ranking import Clusters, Scores, Weighted, Weights, average_precision, roc_auc_of_few_clusters
from learning.ranking import roc_auc as roc_auc_of_event
from learning.tasks import TASKS

CALIBRATION_BINS = 10
FEW_CLUSTERS = 366  # for which the pairs of clusters are worth a table; days of a year, for example


@dataclass(frozen=True)
class Metric:
    """`function(outcomes, scores)` gives the metric as a function of row weights; NaN where it is not defined.

    Scores are (rows,) or, of `multiclass`, (rows, classes). The metric is not defined where a score is NaN: sorting
    would put that row first, and a model that fails on every positive row would be the best one.
    """

    function: Callable[[Outcomes, Scores], Weighted]
    higher_is_better: bool
    range: tuple[float | None, float | None]  # lowest and highest value there can be; None: no bound
    tasks: tuple[str, ...]
    of_few_clusters: Callable[[Outcomes, Scores, Clusters], Weighted] | None = None  # of scores (rows,)

    def prepare(self, outcomes: NDArray[Any], scores: NDArray[Any]) -> Weighted:
        """Do the work that does not depend on the weights."""
        if not _all_numbers(scores):
            return _undefined
        return self.function(self._typed(outcomes, scores), scores.astype(np.float64))

    def prepare_clusters(self, outcomes: NDArray[Any], scores: NDArray[Any], clusters: Clusters) -> Weighted:
        """Like `prepare`, but a function of the weight of each cluster, (clusters,)."""
        if self.of_few_clusters and scores.ndim == 1 and clusters.max() < FEW_CLUSTERS and _all_numbers(scores):
            return self.of_few_clusters(self._typed(outcomes, scores), scores.astype(np.float64), clusters)
        weighted = self.prepare(outcomes, scores)
        return lambda weights: weighted(weights[clusters])

    def __call__(self, outcomes: NDArray[Any], scores: NDArray[Any], weights: Weights | None = None) -> float:
        """Return the metric; without weights every row counts once."""
        return self.prepare(outcomes, scores)(np.ones(len(outcomes)) if weights is None else weights)

    def _typed(self, outcomes: NDArray[Any], scores: NDArray[Any]) -> Outcomes:
        """Return 0 and 1 as booleans, classes as whole numbers, and what regression predicts as floats."""
        if scores.ndim == 2:
            return outcomes.astype(np.intp)
        return outcomes.astype(np.bool_ if "binary" in self.tasks else np.float64)


def metrics_of(task: str) -> dict[str, Metric]:
    """Return the metrics of a task by name."""
    return {name: metric for name, metric in METRICS.items() if task in metric.tasks}


def _all_numbers(scores: NDArray[Any]) -> bool:
    return not np.isnan(scores).any()


def _undefined(_weights: Weights) -> float:
    return float("nan")


def _weighted_mean(values: NDArray[np.float64]) -> Weighted:
    return lambda weights: float(np.average(values, weights=weights))


def _roc_auc(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Rank the event; of classes, the mean over each against the rest (Provost & Domingos 2000), those that occur."""
    if scores.ndim == 1:
        return roc_auc_of_event(outcomes, scores)
    each = [roc_auc_of_event(outcomes == number, scores[:, number]) for number in range(scores.shape[1])]
    return lambda weights: _mean_of_defined(np.array([weighted(weights) for weighted in each]))


def _mean_of_defined(values: NDArray[np.float64]) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _log_loss(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Mean negative log-likelihood in nats; a wrong certainty is clipped to cost 36, not infinity."""
    epsilon = np.finfo(np.float64).eps
    return _weighted_mean(-np.log(np.clip(_score_of_outcome(outcomes, scores), epsilon, 1 - epsilon)))


def _score_of_outcome(outcomes: Outcomes, scores: Scores) -> Scores:
    """Return the probability (rows,) that the model gave to what happened."""
    return np.where(outcomes, scores, 1 - scores) if scores.ndim == 1 else scores[np.arange(len(scores)), outcomes]


def _brier_score(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Mean squared difference between outcome and probability (Brier 1950)."""
    return _weighted_mean((outcomes - scores) ** 2)


def calibration_bins(scores: Scores) -> NDArray[np.intp]:
    """Return the index of the equal-width bin of each score; a score on an edge belongs to the lower bin."""
    return np.searchsorted(np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1], scores)


def _calibration_error(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Expected calibration error: the gap between predicted and observed share per bin, averaged over the rows.

    Of classes, the share of rows whose likeliest class is right, against its probability. Equal-width bins as in Guo et
    al. 2017, "On Calibration of Modern Neural Networks", equation 3: unlike quantile bins they are the same for every
    model and every resample.
    """
    happened, predicted = _top_class(outcomes, scores)
    bins, gaps = calibration_bins(predicted), happened - predicted

    def weighted(weights: Weights) -> float:
        return float(np.abs(np.bincount(bins, weights=weights * gaps)).sum() / weights.sum())

    return weighted


def _top_class(outcomes: Outcomes, scores: Scores) -> tuple[NDArray[Any], Scores]:
    """Return the event and its probability; of classes, whether the likeliest one is right, and its probability."""
    return (outcomes, scores) if scores.ndim == 1 else (scores.argmax(axis=1) == outcomes, scores.max(axis=1))


def _accuracy(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Share of rows whose likeliest class is right."""
    return _weighted_mean((scores.argmax(axis=1) == outcomes).astype(np.float64))


def _balanced_accuracy(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Mean over the classes that occur of the share of their rows that is found (Brodersen et al. 2010)."""
    found = scores.argmax(axis=1) == outcomes

    def weighted(weights: Weights) -> float:
        rows, hits = (np.bincount(outcomes, each, scores.shape[1]) for each in (weights, weights * found))
        return float((hits[rows > 0] / rows[rows > 0]).mean())

    return weighted


def _macro_f1(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Mean of the harmonic mean of precision and recall, over the classes that occur or are predicted."""
    predicted = scores.argmax(axis=1)

    def weighted(weights: Weights) -> float:
        count = scores.shape[1]
        rows, alarms = np.bincount(outcomes, weights, count), np.bincount(predicted, weights, count)
        hits = np.bincount(outcomes, weights * (predicted == outcomes), count)
        there = rows + alarms > 0
        return float((2 * hits[there] / (rows + alarms)[there]).mean())

    return weighted


def _mean_absolute_error(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Mean distance of prediction and outcome, in the unit of the target."""
    return _weighted_mean(np.abs(outcomes - scores))


def _root_mean_squared_error(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Root of the mean squared distance, in the unit of the target: large errors count more."""
    mean = _weighted_mean((outcomes - scores) ** 2)
    return lambda weights: float(np.sqrt(mean(weights)))


def _r2(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Share of the outcome's variance that the prediction explains; not defined where the outcome is constant."""
    error, centred = (outcomes - scores) ** 2, outcomes - outcomes.mean()  # centred: squares of large numbers cancel

    def weighted(weights: Weights) -> float:
        variance = np.average((centred - np.average(centred, weights=weights)) ** 2, weights=weights)
        return float(1 - np.average(error, weights=weights) / variance) if variance > 0 else float("nan")

    return weighted


def _median_absolute_error(outcomes: Outcomes, scores: Scores) -> Weighted:
    """Median distance of prediction and outcome, which a few wild rows do not move; of two middle rows, the mean."""
    error = np.abs(outcomes - scores)
    ascending = np.argsort(error, kind="stable")

    def weighted(weights: Weights) -> float:
        there = ascending[weights[ascending] > 0]
        cumulative = np.cumsum(weights[there])
        half = cumulative[-1] / 2
        lower = np.searchsorted(cumulative, half, side="left")
        upper = min(np.searchsorted(cumulative, half, side="right"), len(there) - 1)
        return float((error[there[lower]] + error[there[upper]]) / 2)

    return weighted


METRICS: Mapping[str, Metric] = {
    "roc_auc": Metric(
        _roc_auc,
        higher_is_better=True,
        range=(0, 1),
        tasks=("binary", "multiclass"),
        of_few_clusters=roc_auc_of_few_clusters,
    ),
    "average_precision": Metric(average_precision, higher_is_better=True, range=(0, 1), tasks=("binary",)),
    "log_loss": Metric(_log_loss, higher_is_better=False, range=(0, None), tasks=("binary", "multiclass")),
    "brier_score": Metric(_brier_score, higher_is_better=False, range=(0, 1), tasks=("binary",)),
    "calibration_error": Metric(
        _calibration_error, higher_is_better=False, range=(0, 1), tasks=("binary", "multiclass")
    ),
    "accuracy": Metric(_accuracy, higher_is_better=True, range=(0, 1), tasks=("multiclass",)),
    "balanced_accuracy": Metric(_balanced_accuracy, higher_is_better=True, range=(0, 1), tasks=("multiclass",)),
    "macro_f1": Metric(_macro_f1, higher_is_better=True, range=(0, 1), tasks=("multiclass",)),
    "mae": Metric(_mean_absolute_error, higher_is_better=False, range=(0, None), tasks=("regression",)),
    "rmse": Metric(_root_mean_squared_error, higher_is_better=False, range=(0, None), tasks=("regression",)),
    "r2": Metric(_r2, higher_is_better=True, range=(None, 1), tasks=("regression",)),
    "median_absolute_error": Metric(
        _median_absolute_error, higher_is_better=False, range=(0, None), tasks=("regression",)
    ),
}


def calibration_table(outcomes: NDArray[Any], scores: NDArray[Any]) -> list[dict[str, float]]:
    """Return per bin that holds any row: the mean predicted probability, the share that happened and the rows.

    Of classes, the probability of the likeliest one and the share of rows where it is right.
    """
    happened, likeliest = _top_class(outcomes, scores)
    bins = calibration_bins(likeliest.astype(np.float64))
    rows = np.bincount(bins)
    predicted, observed = np.bincount(bins, weights=likeliest), np.bincount(bins, weights=happened)
    return [
        {"predicted": float(predicted[i] / rows[i]), "observed": float(observed[i] / rows[i]), "rows": int(rows[i])}
        for i in np.flatnonzero(rows)
    ]


def confusion_table(outcomes: NDArray[np.intp], scores: NDArray[Any]) -> list[list[int]]:
    """Count the rows (classes, classes) of each class, a row of the table, by the likeliest class, a column."""
    count = scores.shape[1]
    table: list[list[int]] = (
        np.bincount(outcomes * count + scores.argmax(axis=1), minlength=count**2).reshape(count, count).tolist()
    )
    return table


def slice_table(
    codes: NDArray[np.intp],
    values: Sequence[str],
    task: str,
    outcomes: NDArray[Any],
    scores: NDArray[Any],
    more: Sequence[str] = (),
) -> list[dict[str, str | float | None]]:
    """Return per slice its rows, their share of the event or mean outcome, and the metrics; None: not defined there.

    `codes` (rows,) index into `values`; `more` names metrics beside the task's own.
    """
    table: list[dict[str, str | float | None]] = []
    for code, value in enumerate(values):
        chosen = codes == code
        names = dict.fromkeys((*TASKS[task].slice_metrics, *more))
        found = {name: METRICS[name](outcomes[chosen], scores[chosen]) for name in names}
        defined = {name: None if np.isnan(metric) else metric for name, metric in found.items()}
        whole = {"rows": int(chosen.sum())}
        if task != "multiclass":  # whose shares would be a column for each class
            whole |= summarize(task, outcomes[chosen], ())
        table.append({"value": value, **whole, **defined})
    return table
