"""The table of a sweep shows every trial whole, however narrow the terminal."""

import pytest

from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.table import columns_of, fit, width_of
from operation.tests.unit.execution.sweep.conftest import configured, ended


@pytest.fixture
def two() -> Configuration:
    return configured({"leaves": [7], "learning_rate": [0.1, 0.2]})


def test_a_column_for_what_varies_and_a_cell_for_each_trial(two: Configuration) -> None:
    assert columns_of(two, ended(two, [{"roc_auc": 0.71234}, {"roc_auc": 0.5}])) == {
        "trial": ["1", "2"],
        "learning_rate": ["0.1", "0.2"],
        "roc_auc": ["0.7123", "0.5000"],
        "seconds": ["1.0", "1.0"],
        "run": ["run-1", "run-2"],
    }


def test_why_a_trial_failed_is_a_column_only_where_one_did(two: Configuration) -> None:
    columns = columns_of(two, ended(two, [{"roc_auc": 0.7}, "no rows"]))
    assert columns["why it failed"] == ["", "no rows"]
    assert columns["roc_auc"] == ["0.7000", "failed"]


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (160, ["trial", "learning_rate", "roc_auc", "seconds", "run"]),
        (48, ["trial", "learning\nrate", "roc\nauc", "seconds", "run"]),
        (38, ["trial", "learning\nrate", "roc\nauc", "seconds"]),
        (30, ["trial", "learning\nrate", "roc\nauc"]),
    ],
)
def test_heads_are_broken_and_then_the_least_needed_columns_go(
    two: Configuration, width: int, heads: list[str]
) -> None:
    kept = fit(columns_of(two, ended(two, [{"roc_auc": 0.7}] * 2)), width)
    assert list(kept) == heads
    assert width_of(kept) <= width
