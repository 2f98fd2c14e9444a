"""Measure performance where outcomes are known, and whether joined numbers still belong to the time of the outcomes."""

import math

import numpy as np

from operation.monitoring.profiles import Array, Compared, Profile, Sums, share

DAYS_NEEDED = 7  # of outcomes: seven days show a loss of .09, three do not
# Standard errors from the middle of an interval to its ends: of 95 %, and twice as many as for independent rows, for
# those of a day have its weather in common.
WIDTH = 2 * 1.96
LEAST_ROWS = 100  # with an outcome, below which performance is not compared


def area(negatives: Array, positives: Array) -> float | None:
    """Return the area under the ROC curve of counts by bin of score; None without two outcomes."""
    if not negatives.sum() or not positives.sum():
        return None
    below = np.cumsum(negatives) - negatives / 2
    return float((positives * below).sum() / positives.sum() / negatives.sum())


def error_of_area(value: float, negatives: float, positives: float) -> float:
    """Return the standard error of an area, by Hanley and McNeil (1982)."""
    one, two = value / (2 - value), 2 * value * value / (1 + value)
    variance = value * (1 - value) + (positives - 1) * (one - value**2) + (negatives - 1) * (two - value**2)
    return math.sqrt(max(variance, 0) / (negatives * positives))


def describe_performance(window: Profile) -> dict[str, float] | None:
    """Return the performance with its interval and rows, or None where no outcome is known."""
    return describe_outcomes(window.task, window.sums["outcomes"].sum(axis=0), window.sums["errors"].sum(axis=0))


def describe_outcomes(task: str, outcomes: Array, errors: Array) -> dict[str, float] | None:
    """Do the same with counts by outcome and bin of score, (2, bins), and rows with the sum of their errors, (2,)."""
    negatives, positives = outcomes
    rows, total = errors
    found = {"rows": float(rows), "mean_error": float(total / rows)} if rows else None
    value = area(negatives, positives) if task == "binary" else None
    if found and value is not None:
        error = WIDTH * error_of_area(value, negatives.sum(), positives.sum())
        found |= {"roc_auc": value, "low": value - error, "high": value + error}
    return found


def measure_performance(compared: Compared) -> dict[str, float]:
    """Return how much worse than the worst window of the reference the model is, as far as outcomes are known.

    * performance: loss of area under the ROC curve, or of the mean error relative to the worst;
    * time: how much stronger the outcomes follow joined numbers of another time than those of their own, and how much
      of the reference's strength has gone.
    """
    known, rows = compared.window["errors"][0], compared.window["rows"]
    if known < LEAST_ROWS or known < 0.1 * rows:
        return {}
    return measure_loss(compared.reference.task, compared.window, compared.windows) | _times(compared)


def measure_loss(task: str, window: Sums, windows: Sums) -> dict[str, float]:
    """Return the first of these, of a window with outcomes, against the worst of some others."""
    if task != "binary":
        before = share(windows["errors"][:, 1], windows["errors"][:, 0])
        known, total = window["errors"]
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
