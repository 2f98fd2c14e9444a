"""Measure performance where outcomes are known, and whether joined numbers still belong to the time of the outcomes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from operation.monitoring.profiles import Array, Compared, Profile, Sums, share

DAYS_NEEDED = 7  # of outcomes: seven days show a loss of .09, three do not
NORMAL = 1.96  # standard errors from the middle of an interval of 95 % to its ends
LEAST_ROWS, LEAST_KNOWN = 100, 0.1  # rows with an outcome, and their share, below which performance is not compared


@dataclass(frozen=True)
class Clustering:
    """How much less the rows of a day say than independent ones, which do not have a day's weather in common.

    `effect` is Kish's design effect (1965), the variance as a multiple of that of independent rows, where there are
    `daily` rows a day; 0 where that is unknown. By default, intervals are twice as wide as those of independent rows.
    """

    effect: float = 4.0
    daily: float = 0.0

    def widen(self, rows: float, days: int) -> float:
        """Return by how much wider an interval is than that of independent rows: less if there are fewer rows a day."""
        share = rows / days / self.daily if days and self.daily else 1.0
        return math.sqrt(1 + (self.effect - 1) * share)


UNKNOWN = Clustering()


def clustering_of(registered: Mapping[str, Any] | None) -> Clustering:
    """Return that of the performance that a version was registered with, as metrics.json has it under `registered`."""
    return Clustering(**registered["clustering"]) if registered else UNKNOWN


def area(negatives: Array, positives: Array) -> float | None:
    """Return the area under the ROC curve of counts by bin of score; None without two outcomes."""
    all_negatives, all_positives = negatives.sum(), positives.sum()
    if not all_negatives or not all_positives:
        return None
    below = np.cumsum(negatives) - negatives / 2
    return float(positives @ below / all_positives / all_negatives)


def error_of_area(value: float, negatives: float, positives: float) -> float:
    """Return the standard error of an area, by Hanley and McNeil (1982)."""
    one, two = value / (2 - value), 2 * value * value / (1 + value)
    variance = value * (1 - value) + (positives - 1) * (one - value**2) + (negatives - 1) * (two - value**2)
    return math.sqrt(max(variance, 0) / (negatives * positives))


def describe_performance(window: Profile) -> dict[str, float] | None:
    """Return the performance with its interval and rows, or None where no outcome is known."""
    found = describe_outcomes(window.task, window.sums["outcomes"].sum(axis=0), window.sums["errors"].sum(axis=0))
    return found and clip(window.task, found)


def describe_outcomes(
    task: str, outcomes: Array, errors: Array, days: int = 0, clustering: Clustering = UNKNOWN
) -> dict[str, float] | None:
    """Return performance, interval and rows by counts of outcome and bin of score, (2, bins), and by `errors`, (3,).

    These are the rows, the sum of their errors and of the squares of these; without the last there is no interval of a
    mean. An interval is as wide as rows of so many days make it. It may reach farther than there are such values, and
    `clip` cuts it.
    """
    rows, total, *squares = errors.tolist()
    if not rows:
        return None
    value, errors_apart = area(*outcomes) if task == "binary" else None, NORMAL * clustering.widen(rows, days)
    middle, half = total / rows, None
    if value is not None:
        middle, half = value, errors_apart * error_of_area(value, *outcomes.sum(axis=1).tolist())
    elif squares and task != "binary":
        half = errors_apart * math.sqrt(max(squares[0] / rows - middle**2, 0) / rows)
    found = {"rows": rows, "mean_error": total / rows} | ({"roc_auc": value} if value is not None else {})
    return found | ({"low": middle - half, "high": middle + half} if half is not None else {})


def clip(task: str, found: Mapping[str, float]) -> dict[str, float]:
    """Let an interval reach no farther than there are such values."""
    least, most = 0.0, math.inf if task == "regression" else 1.0
    return {**found} | {name: min(max(found[name], least), most) for name in ("low", "high") if name in found}


def are_enough(known: float, rows: float) -> bool:
    """Say whether so many outcomes of so many scored rows are enough to compare performance."""
    return bool(known >= LEAST_ROWS and known >= LEAST_KNOWN * rows)


def measure_performance(compared: Compared) -> dict[str, float]:
    """Return how much worse than the worst window of the reference the model is, as far as outcomes are known.

    * performance: loss of area under the ROC curve, or of the mean error relative to the worst;
    * time: how much stronger the outcomes follow joined numbers of another time than those of their own, and how much
      of the reference's strength has gone.
    """
    if not are_enough(float(compared.window["errors"][0]), float(compared.window["scores"].sum())):
        return {}
    return measure_loss(compared.reference.task, compared.window, compared.windows) | _times(compared)


def measure_loss(task: str, window: Sums, windows: Sums) -> dict[str, float]:
    """Return the first of these, of a window with outcomes, against the worst of some others."""
    if task != "binary":
        before = share(windows["errors"][:, 1], windows["errors"][:, 0])
        known, total = window["errors"][:2]
        return {"performance/error": float(total / known / max(before.max(), 1e-12) - 1)}
    now = area(*window["outcomes"])
    then = [value for value in (area(*outcomes) for outcomes in windows["outcomes"]) if value is not None]
    return {"performance/roc_auc": min(then) - now} if now is not None and then else {}


def _times(compared: Compared) -> dict[str, float]:
    found: dict[str, float] = {}
    for number, series in enumerate(compared.reference.plan["series"]):
        if not series["joined"]:
            continue
        whole, now = (_strengths(sums[f"lags/{number}"]) for sums in (compared.whole, compared.window))
        middle = whole.shape[1] // 2
        weights = whole[:, middle]
        base = float((weights**2).sum())
        if base < 0.05:  # nothing that could be lost
            continue
        total = weights @ now
        elsewhere = np.delete(total, [middle - 1, middle, middle + 1])
        found[f"time-lost/{number}"] = float(1 - total[middle] / base)
        found[f"time-moved/{number}"] = float((elsewhere.max() - total[middle]) / base)
    return found


def _strengths(lags: Array) -> Array:
    """Return correlations (joined, lags) of products and squares."""
    found: Array = lags[..., 0] / np.sqrt(np.maximum(lags[..., 1] * lags[..., 2], 1e-12))
    return found
