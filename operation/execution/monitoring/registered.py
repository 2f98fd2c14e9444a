"""Read the performance that a version was registered with, which monitoring shows beside that of later outcomes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

from operation.execution.json_files import read_json
from operation.execution.registration.model_card import CARD_JSON
from operation.monitoring.performance import UNKNOWN, Clustering, error_of_area

# By task, the metric of a model card, and what monitoring measures in its place.
MEASURED: dict[str, tuple[str, Callable[[float], float]]] = {
    "binary": ("roc_auc", lambda value: value),
    "multiclass": ("accuracy", lambda value: 1 - value),  # the mean error is the share of wrong classes
    "regression": ("mae", lambda value: value),
}


def read_registered(model: Path, task: str) -> dict[str, Any] | None:
    """Return `value`, `low` and `high` of the test part, and below `slices` the same by column and by slice.

    They are in the unit of monitoring: ROC AUC, or mean error. An end that is not known is None; so is everything if
    the version has no card, or one of an evaluation without that metric. `clustering` says what rows of a day share.
    """
    if not (model / CARD_JSON).is_file():
        return None
    card = read_json(model / CARD_JSON)
    name, convert = MEASURED[task]
    whole = next((each for each in card.get("metrics", ()) if each["name"] == name), None)
    if whole is None:
        return None
    slices = {
        column: {
            row["value"]: _describe(row[name], row["intervals"].get(name), convert) for row in rows if _has(row, name)
        }
        for column, rows in card.get("slices", {}).items()
    }
    found = _describe(whole["value"], whole.get("interval"), convert)
    return {**found, "slices": slices, "clustering": asdict(_clustering(card, task))}


def _clustering(card: Mapping[str, Any], task: str) -> Clustering:
    """Return how much less the rows of a day of the test part say than independent ones, by the registered interval.

    Evaluation draws whole days, or other groups that belong together. Unknown if the card lacks something.
    """
    name, convert = MEASURED[task]
    metrics = {each["name"]: each for each in card.get("metrics", ())}
    tested = card.get("data", {}).get("prepared", {}).get("test", {})
    rows, (low, high) = tested.get("rows"), metrics.get(name, {}).get("interval") or (0.0, 0.0)
    if not rows or low == high:
        return UNKNOWN
    alone = _error_alone(task, convert(metrics[name]["value"]), rows, tested, metrics)
    if not alone:
        return UNKNOWN
    normal = NormalDist().inv_cdf((1 + metrics[name].get("confidence", 0.95)) / 2)
    effect = max(1.0, ((high - low) / 2 / normal / alone) ** 2)
    ends = [tested.get(end) for end in ("first_date", "last_date")]
    days = (date.fromisoformat(ends[1]) - date.fromisoformat(ends[0])).days + 1 if all(ends) else 0
    return Clustering(effect, rows / days if days else 0.0)


def _error_alone(
    task: str, value: float, rows: int, tested: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]
) -> float | None:
    """Return the standard error that the value would have if rows were independent; None if it is not known."""
    if task == "binary":
        share = tested.get("positive_share")
        return error_of_area(value, rows * (1 - share), rows * share) if share and share < 1 else None
    if task == "multiclass":
        return math.sqrt(value * (1 - value) / rows)
    squared = metrics.get("rmse", {}).get("value", 0.0) ** 2
    return math.sqrt(max(squared - value**2, 0) / rows)


def _has(row: Mapping[str, Any], name: str) -> bool:
    return not row["too_few"] and row.get(name) is not None


def _describe(
    value: float, interval: Sequence[float] | None, convert: Callable[[float], float]
) -> dict[str, float | None]:
    low, high = sorted(map(convert, interval)) if interval else (None, None)
    return {"value": convert(value), "low": low, "high": high}
