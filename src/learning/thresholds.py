"""What a threshold on the scores of a binary model does: alarms, precision, recall and, with two costs, what it costs.

An alarm is a row whose score is at least the threshold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.intervals import Replicates, interval_of, replicate_sums
from learning.ranking import Clusters

SHARES = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.75,
)  # of the rows that are alarms: a line each
EVEN = 0.5  # the threshold at which a calibrated model thinks the event as likely as not
POINTS = 101  # of the curves: every hundredth of the rows


@dataclass(frozen=True)
class Costs:
    """What a false alarm and a missed event cost, in the same unit; 0 and 0 for not known."""

    false_alarm: float = 0.0
    missed: float = 0.0

    @property
    def known(self) -> bool:
        """Say whether there is anything to weigh."""
        return self.false_alarm > 0 and self.missed > 0


def threshold_table(
    outcomes: NDArray[np.bool_], scores: NDArray[Any], groups: Clusters, costs: Costs, confidence: float
) -> dict[str, Any]:
    """Return a table of thresholds with intervals, the curves to draw, and with costs the cheapest threshold.

    `cost` is per row, in the unit of the costs. `cheapest` is of these very rows, so a little too good to be true.
    """
    scores = scores.astype(np.float64)
    curve = _curve(outcomes, scores, _at_shares(scores, np.linspace(0, 1, POINTS)), costs)
    wanted = {*_at_shares(scores, np.array(SHARES)).tolist(), EVEN}
    found: dict[str, Any] = {}
    if costs.known:
        cheapest = int(np.argmin(curve["cost"]))
        wanted.add(curve["threshold"][cheapest])
        found = {
            "costs": {"false_alarm": costs.false_alarm, "missed": costs.missed},
            "cheapest": {name: values[cheapest] for name, values in curve.items()},
            "cost_without_alarms": costs.missed * float(outcomes.mean()),
            "cost_of_alarms_only": costs.false_alarm * float(1 - outcomes.mean()),
        }
    table = _table(outcomes, scores, groups, np.array(sorted(wanted, reverse=True)), costs, confidence)
    return {"table": table, "curve": curve, **found}


def _at_shares(scores: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the thresholds (shares,) above which such shares of the rows are; of equal scores, all are or none is."""
    descending = np.sort(scores)[::-1]
    places = np.clip(np.round(shares * len(scores)).astype(int) - 1, 0, None)
    return np.unique(descending[places])[::-1]


def _counts(outcomes: NDArray[np.bool_], scores: NDArray[Any], thresholds: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return hits and alarms (thresholds,)."""
    ascending = np.argsort(scores)
    ordered = scores[ascending]
    hits_from = np.append(np.cumsum(outcomes[ascending][::-1])[::-1], 0)
    places = np.searchsorted(ordered, thresholds, side="left")
    return hits_from[places].astype(np.float64), (len(scores) - places).astype(np.float64)


def _curve(
    outcomes: NDArray[np.bool_], scores: NDArray[np.float64], thresholds: NDArray[np.float64], costs: Costs
) -> dict[str, list[float]]:
    hits, alarms = _counts(outcomes, scores, thresholds)
    events, rows = float(outcomes.sum()), len(outcomes)
    curve = {"threshold": thresholds, "alarms": alarms / rows, "precision": hits / alarms, "recall": hits / events}
    if costs.known:
        curve["cost"] = (costs.false_alarm * (alarms - hits) + costs.missed * (events - hits)) / rows
    return {name: values.tolist() for name, values in curve.items()}


def _table(
    outcomes: NDArray[np.bool_],
    scores: NDArray[np.float64],
    groups: Clusters,
    thresholds: NDArray[np.float64],
    costs: Costs,
    confidence: float,
) -> list[dict[str, Any]]:
    """Return a line for each threshold; precision is None where there is no alarm."""
    hits, alarms = _counts(outcomes, scores, thresholds)
    events, rows = float(outcomes.sum()), len(outcomes)
    rates = _replicate_rates(outcomes, scores, groups, thresholds)
    table = []
    for place, threshold in enumerate(thresholds.tolist()):
        hit, alarm = hits[place], alarms[place]
        line: dict[str, Any] = {
            "threshold": threshold,
            "alarms": int(alarm),
            "alarm_share": alarm / rows,
            "precision": hit / alarm if alarm else None,
            "precision_interval": _interval(rates[:, 0, place], confidence),
            "recall": hit / events,
            "recall_interval": _interval(rates[:, 1, place], confidence),
        }
        if costs.known:
            line["cost"] = (costs.false_alarm * (alarm - hit) + costs.missed * (events - hit)) / rows
        table.append({name: float(value) if isinstance(value, np.floating) else value for name, value in line.items()})
    return table


def _replicate_rates(
    outcomes: NDArray[np.bool_], scores: NDArray[np.float64], groups: Clusters, thresholds: NDArray[np.float64]
) -> Replicates:
    """Return precision and recall (1 + groups, 2, thresholds)."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    sums = []
    for rows in np.split(order, borders):
        hits, alarms = _counts(outcomes[rows], scores[rows], thresholds)
        sums.append([hits, alarms, np.full(len(thresholds), float(outcomes[rows].sum()))])
    return replicate_sums(np.array(sums), lambda found: np.stack([found[0] / found[1], found[0] / found[2]]))


def _interval(rates: Replicates, confidence: float) -> list[float] | None:
    """Return the interval of a share, which is within 0 and 1."""
    found = interval_of(rates, confidence)
    return None if found is None else [max(0.0, found[0]), min(1.0, found[1])]
