"""What each task can learn from, and what is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.errors import InputError
from learning.outcomes import constant_scores, find_classes, read_outcomes, summarize

FILE = Path("train.parquet")


def read(task: str, target: NDArray[Any]) -> NDArray[Any]:
    return read_outcomes(task, target, find_classes(task, target), "churned", FILE)


def texts(*values: str | None) -> NDArray[Any]:
    return np.array(values, dtype=object)


@pytest.mark.parametrize(
    ("task", "target", "outcomes"),
    [
        ("binary", np.array([0, 1], np.int8), [False, True]),
        ("binary", np.array([False, True]), [False, True]),
        ("multiclass", texts("b", "a", "b"), [1, 0, 1]),
        ("multiclass", np.array([10, 9, 10]), [0, 1, 0]),
        ("regression", np.array([1, 3]), [1.0, 3.0]),
    ],
    ids=["integers", "booleans", "classes", "integer classes", "numbers"],
)
def test_outcomes_are_read(task: str, target: NDArray[Any], outcomes: list[Any]) -> None:
    assert read(task, target).tolist() == outcomes


@pytest.mark.parametrize(
    ("task", "target", "message"),
    [
        ("binary", np.array([0, 0]), "must hold 0 and 1, and nothing else, and holds 0: prepare more rows"),
        ("binary", np.array([0, 1, 2]), "and holds 0, 1, 2"),
        ("binary", np.array([0, 1, np.nan]), "and holds missing or infinite ones"),
        ("binary", texts("no", "yes"), "and holds no, yes"),
        ("binary", np.array([], np.int8), "and holds no row"),
        ("multiclass", texts("a", "a"), "must hold at least two classes, and holds a: prepare more rows"),
        ("multiclass", texts("a", "b", None), "holds None, which the training part does not"),
        ("multiclass", texts(), "and holds no row"),
        (
            "regression",
            np.array([1.0, np.nan]),
            "must hold a finite number in every row, and holds missing",
        ),
        ("regression", np.array([1.0, np.inf]), "must hold a finite number in every row"),
        ("regression", texts("1", "2"), "must hold a finite number in every row, and holds 1, 2"),
        ("regression", np.array([2.5, 2.5]), "must hold at least two different numbers, and holds 2.5"),
    ],
)
def test_outcomes_that_no_model_can_learn_from_are_named(task: str, target: NDArray[Any], message: str) -> None:
    with pytest.raises(InputError, match=r"^column churned of train\.parquet ") as raised:
        read(task, target)
    assert message in str(raised.value)


def test_a_class_that_training_has_not_is_named() -> None:
    with pytest.raises(InputError, match=r"holds c, d, which the training part does not: leave out or merge rare"):
        read_outcomes("multiclass", texts("a", "c", "d"), ("a", "b"), "churned", FILE)


@pytest.mark.parametrize(
    ("task", "outcomes", "summary", "constant"),
    [
        ("binary", np.array([True, False, False, False]), {"positive_share": 0.25}, [0.25]),
        ("multiclass", np.array([0, 1, 1, 1]), {"class_shares": {"a": 0.25, "b": 0.75}}, [0.25, 0.75]),
        ("regression", np.array([1.0, 3.0]), {"mean": 2.0, "standard_deviation": 1.0}, [2.0]),
    ],
)
def test_what_is_said_of_outcomes_without_a_model(
    task: str, outcomes: NDArray[Any], summary: dict[str, Any], constant: list[float]
) -> None:
    classes = ["a", "b"] if task == "multiclass" else []
    assert summarize(task, outcomes, classes) == summary
    assert constant_scores(task, outcomes, len(classes)) == constant
