"""The best trial stands first, whichever way the metric counts."""

from pathlib import Path

import pytest

from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.ranking import Outcome, describe_selection, rank
from operation.execution.sweep.space import trials_of
from operation.execution.values import Run
from operation.tests.parcels import load
from operation.tests.unit.execution.sweep.conftest import ended


def order(outcomes: list[Outcome], metric: str) -> list[int]:
    return [outcome.trial.number for outcome in rank(outcomes, metric)]


def test_the_best_is_first_whether_higher_or_lower_is_better(leaves: Configuration) -> None:
    outcomes = ended(leaves, [{"roc_auc": value, "log_loss": value} for value in (0.6, 0.7, 0.5)])
    assert order(outcomes, "roc_auc") == [2, 1, 3]
    assert order(outcomes, "log_loss") == [3, 1, 2]


def test_of_equals_the_earlier_trial_is_first_in_whatever_order_they_ended(leaves: Configuration) -> None:
    outcomes = ended(leaves, [{"roc_auc": 0.6}, {"roc_auc": 0.7}, {"roc_auc": 0.7}])
    assert order(outcomes[::-1], "roc_auc") == [2, 3, 1]


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss"])
def test_those_that_failed_are_last(leaves: Configuration, metric: str) -> None:
    outcomes = ended(leaves, ["broken", {metric: 0.0}, {metric: 1.0}])
    assert order(outcomes, metric)[-1] == 1


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("Step train failed with exit code 1:\nno rows\nThe whole log: /x/train.log", "no rows"),
        ("Step train failed with exit code -9:\nThe whole log: /x", "Step train failed with exit code -9:"),
        ("The job was pre-empted.", "The job was pre-empted."),
    ],
    ids=["last-line-of-the-log", "empty-log", "one-line"],
)
def test_the_reason_is_the_last_line_that_says_what_is_wrong(leaves: Configuration, failure: str, reason: str) -> None:
    run = Run("1", "failed", Path("none"), failure)
    assert Outcome(trials_of(leaves)[0], "failed", run).reason == reason


@pytest.mark.parametrize(
    ("settings", "tested", "text"),
    [
        ([], {"rows": 1234, "first_date": "a", "last_date": "b"}, "1,234 parcels from a to b (last 61 days)"),
        (["split.by=random", "split.selection=20 %"], {"rows": 9}, "9 parcels, drawn at random (20 %)"),
        (
            ["split.by=group", "split.selection=20 %"],
            {"rows": 9, "first_date": "a"},
            "9 parcels, drawn by group (20 %)",
        ),
    ],
    ids=["time", "random", "group"],
)
def test_the_rows_of_comparison_are_said_with_days_and_without(
    settings: list[str], tested: dict[str, object], text: str
) -> None:
    assert describe_selection(load(settings=settings), tested) == text
