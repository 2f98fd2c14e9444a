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


def track(backend: Backend, folder: Path, found: Mapping[str, Any]) -> None:
    """Add the measures of a look at a version; a look at a log alone is of none, and adds nothing.

    The step is the window's last day, counted from 1970, or where there are no dates the number of the look.
    """
    if backend.track is None or found["version"] is None:
        return
    last = str(found["window"]["last"])
    step = (date.fromisoformat(last) - EPOCH).days if "-" in last else len(list(folder.parent.glob("*")))
    backend.track(f"version {found['version']}", step, points(read_json(folder / "metrics.json")))


def points(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Collect the finite numbers of metrics.json by name: measures, and what describes performance and requests."""
    found = {key: measure["value"] for key, measure in metrics["measures"].items()}
    for part in DESCRIBED:
        found |= {f"{part}/{key}": value for key, value in (metrics.get(part) or {}).items()}
    return {
        key: float(value)
        for key, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
