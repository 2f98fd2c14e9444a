"""The performance that a version was registered with is read from its card, in the unit of monitoring."""

from pathlib import Path
from typing import Any

import pytest

from operation.execution.json_files import write_json
from operation.execution.monitoring.registered import read_registered

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
    assert read_registered(tmp_path, task) == {**known, "slices": slices}


def test_a_version_without_a_card_or_without_that_metric_has_no_registered_value(tmp_path: Path) -> None:
    assert read_registered(tmp_path, "binary") is None
    write_json(tmp_path / "model_card.json", card("mae"))
    assert read_registered(tmp_path, "binary") is None
