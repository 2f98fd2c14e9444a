"""Limits come from the reference itself, and each kind of fault exceeds the one that is meant for it."""

from dataclasses import replace

import numpy as np
import pytest

from operation.monitoring.profiles import Profile, lengths
from operation.monitoring.thresholds import MEASURES, calibrate, compare
from operation.tests.unit.monitoring.conftest import BLOCKS, GROUPS, make


@pytest.fixture(scope="module")
def limits(reference: Profile) -> dict[str, float]:
    return calibrate(reference, 4)


def exceeded(reference: Profile, window: Profile, limits: dict[str, float]) -> set[str]:
    return {each.key for each in compare(reference, window, 4, limits) if each.excess > 1}


def change(name: str, value: np.ndarray) -> Profile:
    window = make(2, 4)
    return replace(window, sums={**window.sums, name: value})


def test_a_window_like_the_reference_exceeds_nothing(reference: Profile, limits: dict[str, float]) -> None:
    assert exceeded(reference, make(2, 4), limits) == set()


def test_no_limit_is_below_the_least_of_its_measure(limits: dict[str, float]) -> None:
    assert all(limit >= MEASURES[key.partition("/")[0]].least for key, limit in limits.items())


@pytest.mark.parametrize(
    ("window", "key"),
    [
        (make(2, 4, shift=2.0), "shape/a"),
        (make(2, 4, shift=2.0), "level/b"),
        (make(2, 4, related=-0.9), "correlation/a"),
        (make(2, 4, related=-0.9), "relation/b"),
        (make(2, 4, missing=0.3), "missing/a"),
        (make(2, 4, shift=3.5), "outside/a"),
        (make(2, 4, shift=3.0), "scores/all"),
        (change("bins/c", np.tile([100.0, 100.0, 200.0], (4, 1))), "unknown/c"),
        (change("repeated", np.full(4, 100.0)), "repeated/rows"),
        (change("broken/0", np.tile([[10.0, 50.0]], (4, 1, 1))), "broken/a"),
        (change("steps/0", np.tile([[80.0, 50.0]], (4, 1, 1))), "step/a"),
        (change("outcomes", make(2, 4).sums["outcomes"][:, ::-1]), "performance/roc_auc"),
        (change("lags/0", np.roll(make(2, 4).sums["lags/0"], 4, axis=2)), "time-moved/0"),
        (change("lags/0", make(2, 4).sums["lags/0"] * [0, 1, 1]), "time-lost/0"),
        (change("steps/0", np.tile([[20.0, 50.0, 18.0]], (4, 1, 1))), "still/a"),
        (change("groups/c", np.tile(GROUPS[::-1], (4, 1, 1))), "group/c"),
        (change("apart", np.roll(make(2, 4).sums["apart"], 1, axis=1)), "apart/days"),
        (change("offsets/0", np.tile([[[-10.0, 50.0]], [[10.0, 50.0]]], (4, 1, 1, 1))), "place/a"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_fault_exceeds_its_limit(reference: Profile, limits: dict[str, float], window: Profile, key: str) -> None:
    assert key in exceeded(reference, window, limits)


@pytest.mark.parametrize("older", ["reference", "window"])
def test_what_an_older_profile_lacks_is_not_measured(older: str) -> None:
    one, other = make(1, BLOCKS), make(2, 4)
    young = other if older == "reference" else one
    old = one if older == "reference" else other
    left = {name: sums for name, sums in old.sums.items() if name not in ("offsets/0", "groups/c", "apart")}
    old = replace(old, sums={**left, "steps/0": left["steps/0"][..., :2]})
    reference, window = (old, young) if older == "reference" else (young, old)
    limits = calibrate(reference, 4)
    keys = {each.key for each in compare(reference, window, 4, limits)}
    assert not keys & {"still/a", "place/a", "group/c", "apart/days"}


def test_rows_may_shift_among_places(reference: Profile) -> None:
    series = [{**each, "joined": []} for each in reference.plan["series"]]
    own = replace(reference, plan={**reference.plan, "series": series})
    window = change("offsets/0", np.tile([[[-10.0, 50.0]], [[10.0, 50.0]]], (4, 1, 1, 1)))
    assert exceeded(own, window, calibrate(own, 4)) == set()


def test_few_rows_get_wider_limits(reference: Profile, limits: dict[str, float]) -> None:
    window = make(2, 4)
    few = replace(window, sums={name: sums / 4 for name, sums in window.sums.items()})
    wide, usual = (
        {each.key: each.limit for each in compare(reference, one, 4, limits)}["shape/a"] for one in (few, window)
    )
    assert wide == pytest.approx(2 * usual)


def test_outcomes_that_are_hardly_known_measure_no_performance(reference: Profile, limits: dict[str, float]) -> None:
    window = change("errors", np.tile([5.0, 1.0], (4, 1)))
    assert not {each.key for each in compare(reference, window, 4, limits)} & {"performance/roc_auc", "time-lost/0"}


@pytest.mark.parametrize(("blocks", "length"), [(1, 1), (4, 4), (BLOCKS, BLOCKS // 2)])
def test_a_window_is_held_against_windows_as_long(reference: Profile, blocks: int, length: int) -> None:
    window = make(2, blocks)
    assert lengths(reference, window.days, window.rows) == length


def test_a_window_shorter_than_a_month_gets_wider_limits(reference: Profile) -> None:
    limits = calibrate(reference, 2)
    assert all(
        each.limit == pytest.approx(1.25 * limits[each.key]) for each in compare(reference, make(2, 2), 2, limits)
    )
