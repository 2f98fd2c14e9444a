"""Areas under the ROC curve from counts of scores."""

import numpy as np
import pytest

from operation.monitoring.performance import area, describe_performance, error_of_area
from operation.monitoring.profiles import Profile
from operation.monitoring.scores import estimate_performance


def test_the_area_is_that_of_the_rows() -> None:
    generator = np.random.default_rng(1)
    scores, happened = generator.integers(0, 20, 500), generator.random(500) < 0.3
    counts = [np.bincount(scores[happened == wanted], minlength=20).astype(float) for wanted in (False, True)]
    pairs = scores[happened][:, None] - scores[~happened]
    assert area(*counts) == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)


def test_there_is_no_area_of_one_outcome() -> None:
    assert area(np.ones(3), np.zeros(3)) is None


def test_more_rows_make_an_area_more_certain() -> None:
    assert error_of_area(0.7, 9000, 1000) < error_of_area(0.7, 900, 100) < 0.04


def test_performance_is_said_with_its_interval(reference: Profile) -> None:
    found = describe_performance(reference)
    assert found is not None
    assert found["low"] < found["roc_auc"] < found["high"]


def test_scores_that_are_calibrated_estimate_their_own_performance(reference: Profile) -> None:
    found, estimate = describe_performance(reference), estimate_performance(reference, reference)
    assert found is not None
    assert estimate == pytest.approx(found["roc_auc"], abs=0.03)
