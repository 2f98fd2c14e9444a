"""The numbers behind the curves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Counts = Callable[[Any, Any], tuple[Any, Any]]

GENERATOR = np.random.default_rng(0)
LABELS = GENERATOR.random(5000) < 0.3
SCORES = GENERATOR.random(5000)


@pytest.fixture
def curve_counts() -> Counts:
    from learning.plots import curve_counts  # here: not every process that reads this file needs it, and it takes long

    return curve_counts


def test_hits_and_alarms_of_tied_scores_are_scikit_learns(curve_counts: Counts) -> None:
    from sklearn.metrics import roc_curve  # which takes seconds, and not every process that reads this file needs

    tied = SCORES.round(1)
    hits, alarms = curve_counts(LABELS, tied)
    false_positive_rate, true_positive_rate, _ = roc_curve(LABELS, tied, drop_intermediate=False)
    np.testing.assert_allclose(hits / LABELS.sum(), true_positive_rate[1:])
    np.testing.assert_allclose((alarms - hits) / (~LABELS).sum(), false_positive_rate[1:])


def test_a_long_curve_is_thinned_and_keeps_its_end(curve_counts: Counts) -> None:
    from learning.plots import CURVE_POINTS

    hits, alarms = curve_counts(LABELS, SCORES)
    assert len(hits) == len(alarms) == CURVE_POINTS
    assert (alarms[0], alarms[-1], hits[-1]) == (1, 5000, pytest.approx(LABELS.sum()))
