"""What is measured of numbers: their steps of 0, places beside one another, and the rows of a category."""

from dataclasses import replace

import numpy as np

from learning.features import Feature
from learning.profiles import Moments, Plan, Series, measure, measure_series

HOURS, PLACES = 24 * 7, 2
SERIES = Series("t", 3600, "origin", ("delay", "rain"), ("rain",))
PLAN = Plan({}, {}, {"delay": 2.0, "rain": 4.0}, ())


def make() -> Moments:
    """Draw rain at two places, of which the second has 2 more, and delays."""
    rain, delays = np.random.default_rng(1).normal(0, 4, (2, HOURS))
    values = np.concatenate([np.column_stack([delays, rain + more]) for more in (0, 2)])
    group, time = np.repeat([0, 1], HOURS), np.tile(np.arange(HOURS), 2)
    none = np.zeros(2 * HOURS)
    return Moments(group, time, none.astype(np.intp), none, values, np.zeros((2 * HOURS, 2), bool), group, PLACES)


def test_steps_of_0_are_counted() -> None:
    moments = make()
    moments.values[: HOURS // 2, 1] = 7
    steps = measure_series(moments, SERIES, PLAN, 1)["steps"]
    assert steps[0, :, 1].tolist() == [2 * (HOURS - 1)] * 2
    assert steps[0, :, 2].tolist() == [0, HOURS // 2 - 1]


def test_places_are_compared_with_their_mean_at_the_time() -> None:
    offsets = measure_series(make(), SERIES, PLAN, 1)["offsets"]
    np.testing.assert_allclose(offsets[0, :, 1, 0] / offsets[0, :, 1, 1], [-0.25, 0.25])  # of 4, half of 2 away
    assert (offsets[0, :, :, 1] == HOURS).all()


def test_a_time_at_which_a_place_is_missing_does_not_count() -> None:
    moments = make()
    moments.values[:100, 1] = np.nan
    unknown = replace(moments, place=np.where(moments.time < 120, moments.place, -1))
    offsets = measure_series(unknown, SERIES, PLAN, 1)["offsets"]
    assert offsets[0, :, :, 1].tolist() == [[120, 20]] * 2


def test_many_places_are_not_compared() -> None:
    assert "offsets" not in measure_series(replace(make(), places=99), SERIES, PLAN, 1)


def test_numbers_of_the_rows_of_each_category_are_summed_in_their_usual_deviation() -> None:
    matrix = np.array([[0, 30], [1, 10], [0, np.nan], [-1, 90], [1, 20]], dtype=np.float32)
    features = [Feature("carrier", "category", ("a", "b")), Feature("distance", "number")]
    plan = Plan({"distance": (10.0, 30.0)}, {"distance": 20.0}, {"distance": 5.0}, ())
    groups = measure(matrix, features, plan, np.array([0, 0, 0, 0, 1]), 2)["groups/carrier"]
    assert groups.tolist() == [[[2.0, 2.0], [-2.0, 1.0]], [[0.0, 0.0], [0.0, 1.0]]]
