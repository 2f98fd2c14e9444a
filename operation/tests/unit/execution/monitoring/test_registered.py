"""The performance that a version was registered with is read from its card, in the unit of monitoring."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from operation.execution.json_files import write_json
from operation.execution.monitoring.registered import read_registered
from operation.monitoring.performance import UNKNOWN, Clustering, clustering_of, describe_outcomes

NAMES = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "mae"}


def card(name: str) -> dict[str, Any]:
    whole = {"name": name, "value": 0.75, "interval": [0.5, 1.0]}
    rows = [
        {"value": "Ant", "rows": 90, "too_few": False, name: 0.75, "intervals": {name: [0.5, 1.0]}},
        {"value": "Bee", "rows": 90, "too_few": False, name: 0.75, "intervals": {name: None}},
        {"value": "Cat", "rows": 90, "too_few": False, name: None, "intervals": {name: None}},
        {"value": "Dog", "rows": 9, "too_few": True},
    ]
    return {"metrics": [{"name": "log_loss", "value": 3}, whole], "slices": {"courier": rows}}


@pytest.mark.parametrize(
    ("task", "ends"), [("binary", (0.75, 0.5, 1.0)), ("multiclass", (0.25, 0.0, 0.5)), ("regression", (0.75, 0.5, 1.0))]
)
def test_the_card_says_what_was_registered_of_all_rows_and_of_slices(
    tmp_path: Path, task: str, ends: tuple[float, float, float]
) -> None:
    write_json(tmp_path / "model_card.json", card(NAMES[task]))
    known = dict(zip(("value", "low", "high"), ends, strict=True))
    slices = {"courier": {"Ant": known, "Bee": {"value": ends[0], "low": None, "high": None}}}
    unknown = {"effect": 4.0, "daily": 0.0}  # the card does not say of how many rows
    assert read_registered(tmp_path, task) == {**known, "slices": slices, "clustering": unknown}


@pytest.mark.parametrize("task", NAMES)
def test_intervals_of_monitoring_are_as_wide_as_the_registered_one(tmp_path: Path, task: str) -> None:
    rows, days, share = 6100, 61, 0.25
    tested = {"rows": rows, "positive_share": share, "first_date": "2013-11-01", "last_date": "2013-12-31"}
    interval = [0.72, 0.78]
    metrics = [
        {"name": NAMES[task], "value": 0.75, "interval": interval, "confidence": 0.95},
        {"name": "rmse", "value": 1.25},
    ]
    write_json(tmp_path / "model_card.json", {"metrics": metrics, "data": {"prepared": {"test": tested}}})
    registered = read_registered(tmp_path, task)
    clustering = clustering_of(registered)
    assert clustering.daily == rows / days
    negatives, positives = rows * (1 - share), rows * share
    # Two bins of scores, so that the area is the registered one; errors with its mean and mean square.
    outcomes = np.array([[0.5 * negatives, 0.5 * negatives], [0.0, positives]])
    mean, square = {"multiclass": (0.25, 0.25)}.get(task, (0.75, 1.25**2))
    found = describe_outcomes(task, outcomes, np.array([rows, mean * rows, square * rows]), days, clustering)
    assert found is not None
    assert found["high"] - found["low"] == pytest.approx(0.06, rel=1e-3)


def test_fewer_rows_a_day_have_less_in_common() -> None:
    clustering = Clustering(effect=49.0, daily=100.0)
    assert [clustering.widen(rows, 10) for rows in (1000, 500, 0)] == [7, 5, 1]
    assert clustering.widen(1000, 0) == 7  # without days
    assert UNKNOWN.widen(500, 10) == 2


def test_a_version_without_a_card_or_without_that_metric_has_no_registered_value(tmp_path: Path) -> None:
    assert read_registered(tmp_path, "binary") is None
    write_json(tmp_path / "model_card.json", card("mae"))
    assert read_registered(tmp_path, "binary") is None
