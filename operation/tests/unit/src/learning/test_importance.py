"""Importance and partial dependence, of functions whose importance is known."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.features import Feature, Matrix
from learning.importance import background, partial_dependence, permutation_importance, sample_size
from learning.metrics import METRICS

FEATURES = (Feature("noise", "number"), Feature("size", "number"), Feature("colour", "category", ("blue", "red")))
GENERATOR = np.random.default_rng(4)
MATRIX: Matrix = np.column_stack(
    [GENERATOR.normal(size=600), GENERATOR.normal(size=600), GENERATOR.integers(-1, 2, 600)]
).astype(np.float32)


def score(matrix: Matrix) -> NDArray[Any]:
    """Three times the size and one for red; a missing size counts as 5."""
    return np.asarray(3 * np.where(np.isnan(matrix[:, 1]), 5, matrix[:, 1]) + (matrix[:, 2] == 1))


def test_the_feature_that_the_answer_is_made_of_comes_first_and_noise_is_worth_nothing() -> None:
    groups = np.arange(600) % 30
    found = permutation_importance(score, MATRIX, score(MATRIX), METRICS["mae"], FEATURES, groups, 0.95, 1)
    assert [each["feature"] for each in found] == ["size", "colour", "noise"]
    assert found[0]["lower"] > 1
    assert found[-1] == {"feature": "noise", "difference": 0.0, "lower": 0.0, "upper": 0.0}


def test_a_curve_follows_a_number_and_ends_with_the_missing_value() -> None:
    matrix = MATRIX.copy()
    matrix[:50, 1] = np.nan
    found = partial_dependence(score, matrix, FEATURES[1], 1)
    *values, missing = found["values"]
    slopes = np.diff(found["means"][:-1]) / np.diff(values)
    assert slopes == pytest.approx(np.full(len(slopes), 3), abs=1e-4)
    assert missing is None
    assert (sum(found["rows"]), found["rows"][-1]) == (600, 50)


def test_a_curve_of_classes_has_a_mean_for_each_and_a_category_its_name() -> None:
    def two(matrix: Matrix) -> NDArray[Any]:
        red = (matrix[:, 2] == 1).astype(float)
        return np.column_stack([red, 1 - red])

    found = partial_dependence(two, MATRIX, FEATURES[2], 2)
    answers = dict(zip(found["values"], found["means"], strict=True))
    assert answers == {"red": [1.0, 0.0], "blue": [0.0, 1.0], None: [0.0, 1.0]}


def test_a_feature_that_is_missing_everywhere_has_one_point() -> None:
    matrix = MATRIX.copy()
    matrix[:, 1] = np.nan
    found = partial_dependence(score, matrix, FEATURES[1], 1)
    assert (found["values"], found["rows"]) == ([None], [600])


def test_many_features_are_measured_on_fewer_rows() -> None:
    assert sample_size(3) > sample_size(100) > sample_size(10_000) > 100


def test_the_background_is_spread_over_all_rows_and_has_what_json_knows() -> None:
    matrix = MATRIX.copy()
    matrix[0], matrix[1, 0] = np.nan, np.inf
    rows = background(matrix)["rows"]
    assert (len(rows), rows[0]) == (100, [None] * 3)
    assert all(value is None or np.isfinite(value) for row in rows for value in row)


def test_with_few_groups_a_feature_counts_as_much_and_nobody_knows_how_sure_that_is() -> None:
    groups = np.arange(600) % 2
    first, *_ = permutation_importance(score, MATRIX, score(MATRIX), METRICS["mae"], FEATURES, groups, 0.95, 1)
    assert (first["feature"], first["lower"], first["upper"]) == ("size", None, None)
    assert first["difference"] > 1
