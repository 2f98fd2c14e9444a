"""Show the measures of a look as a point of time series, where the backend has a place for them."""

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from operation.execution.backends import Backend
from operation.execution.json_files import read_json

EPOCH = date(1970, 1, 1)
DESCRIBED = ("performance", "labels", "requests")  # parts of metrics.json with single numbers
MEASURED = ("roc_auc", "mean_error", "low", "high", "rows")  # of a week of outcomes, and of a slice
MOST_SLICES, LONGEST = 24, 100  # slices of a column that have a series, the largest; characters of a name


def track(backend: Backend, folder: Path, found: Mapping[str, Any]) -> None:
    """Add the measures of a look at a version; a look at a log alone is of none, and adds nothing.

    The step is the window's last day, counted from 1970, or where there are no dates the number of the look. Outcomes
    have series by week as well, at the last day of each, and by slice.
    """
    if backend.track is None or found["version"] is None:
        return
    last, metrics = str(found["window"]["last"]), read_json(folder / "metrics.json")
    part = "labels" if metrics.get("labels") else "performance"
    outcomes = metrics.get(part) or {}
    step = _step(last) if "-" in last else len(list(folder.parent.glob("*")))
    steps = {_step(week["last"]): _of_week(week) for week in outcomes.get("weeks", ())}
    steps[step] = steps.get(step, {}) | points(metrics) | _of_slices(outcomes, part)
    backend.track(f"version {found['version']}", steps)


def points(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Collect the finite numbers of metrics.json by name: measures, and what describes performance and requests."""
    found = {key: measure["value"] for key, measure in metrics["measures"].items()}
    for part in DESCRIBED:
        found |= {f"{part}/{key}": value for key, value in (metrics.get(part) or {}).items()}
    return _finite(found)


def _of_week(week: Mapping[str, Any]) -> dict[str, float]:
    return _finite({f"week/{key}": week.get(key) for key in MEASURED}) | _of_slices(week, "week")


def _of_slices(part: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Collect what is measured of the largest slices of each column."""
    found = {
        f"{prefix}/{column} {_name(line['value'])}/{key}": line.get(key)
        for column, lines in part.get("slices", {}).items()
        for line in sorted(lines, key=lambda each: -each["rows"])[:MOST_SLICES]
        for key in MEASURED
    }
    return _finite(found)


def _name(value: str) -> str:
    """Write the value of a slice as a part of a name, which has no slash of its own."""
    return value.replace("/", "_")[:LONGEST]


def _step(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def _finite(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        key: float(value)
        for key, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
