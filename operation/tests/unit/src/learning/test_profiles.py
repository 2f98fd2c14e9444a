"""What is summed of rows: exactly enough for what is derived from the sums."""

import numpy as np
import pytest

from learning.features import Feature
from learning.profiles import Plan, measure


def test_numbers_that_stand_still_have_no_variance_and_relate_to_nothing() -> None:
    rows = 5000
    moving = np.random.default_rng(1).normal(3, 1, rows)
    matrix = np.column_stack([np.full(rows, 7.3), moving]).astype(np.float32)
    features = [Feature("still", "number"), Feature("moving", "number")]
    plan = Plan(
        {"still": (0.0, 9.0), "moving": (0.0, 9.0)},
        dict.fromkeys(("still", "moving"), 0.0),
        {"still": 1, "moving": 1},
        (0.0, 1.0),
    )
    (products,) = measure(matrix, features, plan, np.zeros(rows, dtype=np.intp), 1)["products"]
    means = products[:2, 2] / products[2, 2]
    covariance = products[:2, :2] / products[2, 2] - np.outer(means, means)
    assert covariance[0] == pytest.approx([0, 0], abs=1e-9)
    assert covariance[1, 1] == pytest.approx(1, abs=0.1)


def test_rows_of_categories_alone_are_counted() -> None:
    matrix = np.array([[0], [1], [1], [-1]], dtype=np.float32)
    blocks = np.array([1, 0, 1, 1])
    sums = measure(matrix, [Feature("kind", "category", ("a", "b"))], Plan({}, {}, {}, (0.0, 1.0)), blocks, 3)
    assert sums["bins/kind"].tolist() == [[0, 1, 0], [1, 1, 1], [0, 0, 0]]
    assert sums["groups/kind"][:, :, 0].tolist() == [[0, 1], [1, 1], [0, 0]]
    assert sums["products"].ravel().tolist() == [1, 3, 0]
