"""The importance of a parameter: 1 where it explains everything, 0 where chance would explain as much."""

from random import Random

import pytest

from operation.execution.sweep.importance import describe_importance, explained, importance_of
from operation.tests.unit.execution.sweep.conftest import configured, ended


def test_a_parameter_that_decides_everything_explains_everything() -> None:
    assert explained(["a", "a", "b", "b"], [0.1, 0.1, 0.9, 0.9]) == 1


def test_a_known_case_by_hand() -> None:
    # Of a spread of 5, means of 1.5 and 3.5 explain 4; within the groups 1 is left, a half for each of 2 free values.
    assert explained(["a", "a", "b", "b"], [1.0, 2.0, 3.0, 4.0]) == pytest.approx(0.7)


def test_values_that_chance_has_grouped_explain_nothing_on_average() -> None:
    draw = Random(1).random  # noqa: S311  no secret
    found = [explained([place % 5 for place in range(20)], [draw() for _ in range(20)]) or 0.0 for _ in range(200)]
    assert sum(found) / len(found) < 0.1  # without the correction it is 4 / 19


@pytest.mark.parametrize(
    ("groups", "values"),
    [(["a", "a"], [0.1, 0.2]), (["a", "b"], [0.1, 0.2]), ([], [])],
    ids=["one-value", "a-trial-a-value", "nothing"],
)
def test_too_few_trials_say_nothing(groups: list[str], values: list[float]) -> None:
    assert explained(groups, values) is None


def test_equal_trials_have_nothing_to_explain() -> None:
    assert explained(["a", "a", "b"], [0.5, 0.5, 0.5]) == 0


def test_the_most_important_comes_first_and_failures_do_not_count() -> None:
    configuration = configured({"leaves": [7, 15], "trees": [10, 20]})
    found = ended(configuration, [{"roc_auc": 0.5}, {"roc_auc": 0.6}, "failed", {"roc_auc": 0.6}])
    shares = importance_of({"leaves": [7, 15], "trees": [10, 20]}, found, "roc_auc")
    assert list(shares) == ["trees", "leaves"]
    assert describe_importance({**shares, "l2": None}).startswith("trees 1.00, leaves 0.")
