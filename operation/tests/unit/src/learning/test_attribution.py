"""What a prediction is made of: exact for what adds up, complete for what does not."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.attribution import attribute
from learning.features import Matrix

GENERATOR = np.random.default_rng(6)
BACKGROUND: Matrix = GENERATOR.normal(size=(50, 4)).astype(np.float32)
ROW = np.array([1.0, -2.0, 3.0, 0.5], dtype=np.float32)
WEIGHTS = np.array([2.0, 1.0, 0.0, -1.0])


def linear(rows: Matrix) -> NDArray[Any]:
    return np.asarray(rows @ WEIGHTS)


def product(rows: Matrix) -> NDArray[Any]:
    return np.asarray(rows[:, 0] * rows[:, 1])


def test_each_feature_of_a_sum_moves_it_by_its_own_distance_from_the_average() -> None:
    found = attribute(linear, ROW, BACKGROUND, seed=1)
    assert found.contributions == pytest.approx(WEIGHTS * (ROW - BACKGROUND.mean(axis=0)), abs=1e-5)
    assert (found.prediction, found.average) == pytest.approx((linear(ROW[None])[0], linear(BACKGROUND).mean()))


@pytest.mark.parametrize("answer", [linear, product])
def test_contributions_add_up_to_prediction_minus_average(answer: Any) -> None:
    found = attribute(answer, ROW, BACKGROUND, seed=2)
    assert found.contributions.sum() == pytest.approx(found.prediction - found.average, abs=1e-5)


def test_two_features_that_work_together_share_what_they_do_and_others_get_nothing() -> None:
    found = attribute(product, ROW, np.zeros((50, 4), dtype=np.float32), seed=3)
    assert found.contributions == pytest.approx([-1, -1, 0, 0])


def test_a_missing_value_is_explained_as_any_other() -> None:
    row = ROW.copy()
    row[0] = np.nan

    def answer(rows: Matrix) -> NDArray[Any]:
        return np.where(np.isnan(rows[:, 0]), 1.0, 0.0)

    assert attribute(answer, row, BACKGROUND, seed=4).contributions == pytest.approx([1, 0, 0, 0])
