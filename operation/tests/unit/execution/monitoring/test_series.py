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
    "labels": {"is_enough": True, "weeks": [], "slices": {}},
}
COURIERS = [
    {"value": "Ant/é", "rows": 200, "roc_auc": 0.6, "too_few": False},
    {"value": "Bee", "rows": 9, "too_few": True},
]
WEEKS = [
    {"last": "1970-01-04", "days": 3, "rows": 209.0, "roc_auc": 0.5, "slices": {"courier": COURIERS}},
    {"last": "1970-01-08", "days": 4, "rows": 209.0, "roc_auc": 0.9, "slices": {}},
]


@pytest.mark.parametrize(
    ("version", "last", "points"),
    [(3, "1970-01-08", [("version 3", 7)]), (3, "41", [("version 3", 1)]), (None, "1970-01-08", [])],
    ids=["a day", "a row", "a log alone"],
)
def test_a_look_adds_its_numbers_at_its_last_day(
    tmp_path: Path, version: int | None, last: str, points: list[tuple[str, int]]
) -> None:
    added: list[tuple[str, Mapping[int, Mapping[str, float]]]] = []
    backend = replace(connect(load()), track=lambda *point: added.append(point))
    (tmp_path / "look").mkdir()
    write_json(tmp_path / "look" / "metrics.json", METRICS)
    track(backend, tmp_path / "look", {"version": version, "window": {"last": last}})
    numbers = {"shape/temp": 0.1, "performance/roc_auc": 0.7, "performance/rows": 9.0}
    assert added == [(name, {step: numbers}) for name, step in points]


@pytest.mark.parametrize("part", ["labels", "performance"])
def test_outcomes_are_points_at_the_last_day_of_each_week_and_by_slice(tmp_path: Path, part: str) -> None:
    added: list[Mapping[int, Mapping[str, float]]] = []
    backend = replace(connect(load()), track=lambda _name, points: added.append(points))
    (tmp_path / "look").mkdir()
    outcomes = {"roc_auc": 0.7, "weeks": WEEKS, "slices": {"courier": COURIERS}}
    write_json(tmp_path / "look" / "metrics.json", {"measures": {}, part: outcomes})
    track(backend, tmp_path / "look", {"version": 3, "window": {"last": "1970-01-08"}})
    slices = {"courier Ant_é/roc_auc": 0.6, "courier Ant_é/rows": 200.0, "courier Bee/rows": 9.0}
    assert added == [
        {
            3: {"week/roc_auc": 0.5, "week/rows": 209.0, **{f"week/{name}": value for name, value in slices.items()}},
            7: {
                "week/roc_auc": 0.9,
                "week/rows": 209.0,
                f"{part}/roc_auc": 0.7,
                **{f"{part}/{name}": value for name, value in slices.items()},
            },
        }
    ]
