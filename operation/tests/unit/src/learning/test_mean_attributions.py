"""What the predictions of some rows rest on: exact where features do not interact, the same each time, of any model."""

from typing import Any

import numpy as np
import pytest

from learning.features import Feature
from learning.mean_attributions import DRAWS, Drawn, attribute_rows, draw_background, rows_per_block
from learning.profiles import Plan

WEIGHTS = np.array([2.0, -1.0, 0.0])
FEATURES = (Feature("a", "number"), Feature("b", "number"), Feature("c", "category", ("x", "y")))
PLAN = Plan({"a": (0.0, 1.0, 2.0), "b": (10.0, 20.0)}, {}, {}, ())


def linear(matrix: np.ndarray) -> np.ndarray:
    answers: np.ndarray = matrix @ WEIGHTS
    return answers


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 1, (50, 3)).astype(np.float32)


def test_moves_of_a_linear_model_are_its_weights_times_the_distance_from_the_background(rows: np.ndarray) -> None:
    background = np.random.default_rng(2).normal(0, 1, (DRAWS, 3)).astype(np.float32)
    found = attribute_rows(linear, rows, background)
    np.testing.assert_allclose(found, (rows - background.mean(axis=0)) * WEIGHTS, atol=1e-5)


def test_moves_add_up_to_the_prediction_also_where_features_interact(rows: np.ndarray) -> None:
    def product(matrix: np.ndarray) -> np.ndarray:
        answers: np.ndarray = np.prod(matrix, axis=1)
        return answers

    background = np.ones((DRAWS, 3), dtype=np.float32)
    np.testing.assert_allclose(attribute_rows(product, rows, background).sum(axis=1), product(rows) - 1, atol=1e-5)


def test_moves_of_classes_are_those_of_the_likeliest_one(rows: np.ndarray) -> None:
    def classes(matrix: np.ndarray) -> np.ndarray:
        return np.stack([linear(matrix), -linear(matrix)], axis=-1)

    background = np.zeros((DRAWS, 3), dtype=np.float32)
    found = attribute_rows(classes, rows, background).sum(axis=1)
    np.testing.assert_allclose(found, np.abs(linear(rows)), atol=1e-5)


def test_a_batch_at_a_time_gives_the_same(rows: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    background = np.zeros((DRAWS, 3), dtype=np.float32)
    whole = attribute_rows(linear, rows, background)
    monkeypatch.setattr("learning.mean_attributions.BATCH", 30)
    np.testing.assert_array_equal(attribute_rows(linear, rows, background), whole)


def test_a_background_has_values_that_are_usual_for_each_feature() -> None:
    bins = {
        "bins/a": np.array([[0, 5, 5, 0, 0]], dtype=float),
        "bins/b": np.array([[0, 5, 0, 5]], dtype=float),  # half of it is missing
        "bins/c": np.array([[1, 1, 2]], dtype=float),  # half of it is unknown to the model
    }
    found = draw_background(PLAN, FEATURES, bins)
    np.testing.assert_allclose(np.sort(found[:, 0]), [0, 0, 1, 1])
    np.testing.assert_allclose(np.sort(found[:, 1]), [10, 10, np.nan, np.nan])
    assert sorted(found[:, 2].tolist()) == [-1, -1, 0, 1]
    np.testing.assert_array_equal(draw_background(PLAN, FEATURES, bins), found)


@pytest.mark.parametrize(
    ("counts", "what"), [({"a": [0, 0, 0, 0, 9]}, "only missing"), ({"a": [0, 0, 0, 0, 0]}, "no rows")]
)
def test_a_number_that_is_never_known_is_missing_in_the_background(counts: dict[str, Any], what: str) -> None:
    bins = {f"bins/{name}": np.array([each], dtype=float) for name, each in counts.items()}
    assert np.isnan(draw_background(PLAN, FEATURES[:1], bins)).all(), what


def test_a_number_that_is_always_the_same_is_so_in_the_background() -> None:
    plan = Plan({"a": (7.0,)}, {}, {}, ())
    found = draw_background(plan, FEATURES[:1], {"bins/a": np.array([[3, 0, 1]], dtype=float)})
    np.testing.assert_array_equal(np.sort(found[:, 0]), [7, 7, 7, np.nan])


@pytest.mark.parametrize(("features", "blocks", "rows"), [(26, 52, 14), (3, 5, 64), (500, 60, 4), (5, 0, 64)])
def test_the_rows_of_a_block_are_bounded(features: int, blocks: int, rows: int) -> None:
    assert rows_per_block(features, blocks) == rows


def test_the_rows_that_are_drawn_are_those_of_the_least_hashes_however_they_are_read() -> None:
    rng = np.random.default_rng(1)
    blocks, hashes = rng.integers(0, 3, 500), rng.integers(0, 1 << 63, 500, dtype=np.uint64)
    matrix = np.arange(500, dtype=np.float32)[:, None]
    at_once, in_parts = (Drawn.empty(4, 5, 1) for _ in range(2))
    at_once.draw(matrix, blocks, hashes)
    for rows in np.split(rng.permutation(500), [1, 20, 470]):
        in_parts.draw(matrix[rows], blocks[rows], hashes[rows])
    for block, place in np.ndindex(3, 5):
        there = np.flatnonzero((blocks == block) & (hashes % np.uint64(5) == place))
        row = there[hashes[there].argmin()]
        for found in (at_once, in_parts):
            assert (found.least[block, place], found.matrix[block, place, 0]) == (hashes[row], row)
    assert not at_once.there[3].any()  # of a block without rows
