"""Read the performance that a version was registered with, which monitoring shows beside that of later outcomes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from operation.execution.json_files import read_json
from operation.execution.registration.model_card import CARD_JSON

# By task, the metric of a model card, and what monitoring measures in its place.
MEASURED: dict[str, tuple[str, Callable[[float], float]]] = {
    "binary": ("roc_auc", lambda value: value),
    "multiclass": ("accuracy", lambda value: 1 - value),  # the mean error is the share of wrong classes
    "regression": ("mae", lambda value: value),
}


def read_registered(model: Path, task: str) -> dict[str, Any] | None:
    """Return `value`, `low` and `high` of the test part, and below `slices` the same by column and by slice.

    They are in the unit of monitoring: ROC AUC, or mean error. An end that is not known is None; so is everything if
    the version has no card, or one of an evaluation without that metric.
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
    return {**_describe(whole["value"], whole.get("interval"), convert), "slices": slices}


def _has(row: Mapping[str, Any], name: str) -> bool:
    return not row["too_few"] and row.get(name) is not None


def _describe(
    value: float, interval: Sequence[float] | None, convert: Callable[[float], float]
) -> dict[str, float | None]:
    low, high = sorted(map(convert, interval)) if interval else (None, None)
    return {"value": convert(value), "low": low, "high": high}
