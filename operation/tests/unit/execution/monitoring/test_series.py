"""What a look measured becomes a point of time series."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operation.execution.backends import connect
from operation.execution.json_files import write_json
from operation.execution.monitoring.series import track
from operation.tests.parcels import load

METRICS: dict[str, Any] = {
    "measures": {"shape/temp": {"value": 0.1, "limit": 0.2}},
    "performance": {"roc_auc": 0.7, "rows": 9, "low": float("nan")},
    "requests": None,
    "labels": {"is_enough": True, "weeks": [{"roc_auc": 0.5}]},
}


@pytest.mark.parametrize(
    ("version", "last", "points"),
    [(3, "1970-01-08", [("version 3", 7)]), (3, "41", [("version 3", 1)]), (None, "1970-01-08", [])],
    ids=["a day", "a row", "a log alone"],
)
def test_a_look_adds_its_numbers_at_its_last_day(
    tmp_path: Path, version: int | None, last: str, points: list[tuple[str, int]]
) -> None:
    added: list[tuple[str, int, Mapping[str, float]]] = []
    backend = replace(connect(load()), track=lambda *point: added.append(point))
    (tmp_path / "look").mkdir()
    write_json(tmp_path / "look" / "metrics.json", METRICS)
    track(backend, tmp_path / "look", {"version": version, "window": {"last": last}})
    numbers = {"shape/temp": 0.1, "performance/roc_auc": 0.7, "performance/rows": 9.0}
    assert added == [(*point, numbers) for point in points]
