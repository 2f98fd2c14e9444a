"""Limits come from the reference itself, and each kind of fault exceeds the one that is meant for it."""

from dataclasses import replace

import numpy as np
import pytest

from operation.monitoring.profiles import WITHIN, Profile, lengths, whole_blocks
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


@pytest.mark.parametrize(("days", "wider"), [(1, 3), (6, 3), (7, 1.25)])
def test_windows_without_all_days_of_a_week_get_much_wider_limits(reference: Profile, days: int, wider: float) -> None:
    limits, window = calibrate(reference, 1), make(2, 1)
    window = replace(window, blocks=({**window.blocks[0], "days": days},))
    assert all(each.limit == pytest.approx(wider * limits[each.key]) for each in compare(reference, window, 1, limits))


def test_where_a_week_has_five_days_they_are_a_whole_one(reference: Profile) -> None:
    own, window = (
        replace(each, blocks=tuple({**block, "days": 5} for block in each.blocks)) for each in (reference, make(2, 1))
    )
    limits = calibrate(own, 1)
    assert all(each.limit == pytest.approx(1.25 * limits[each.key]) for each in compare(own, window, 1, limits))


def last_of(reference: Profile, rows: float, days: int) -> Profile:
    """Shorten the last block: so much of its rows is left, of which all are `a` of one bin."""
    sums = {name: np.concatenate([value[:-1], value[-1:] * rows]) for name, value in reference.sums.items()}
    sums["bins/a"][-1] = np.eye(len(sums["bins/a"][-1]))[3] * sums["rows"][-1]
    return replace(reference, blocks=(*reference.blocks[:-1], {**reference.blocks[-1], "days": days}), sums=sums)


@pytest.mark.parametrize(("dated", "days"), [(True, 1), (False, 0)], ids=["days", "rows"])
def test_the_rest_of_a_year_does_not_set_the_limits_of_weeks(reference: Profile, dated: bool, days: int) -> None:
    known = reference if dated else replace(reference, blocks=tuple({**each, "days": 0} for each in reference.blocks))
    cut = last_of(known, 0.1, days)
    whole = whole_blocks(cut)
    assert (len(whole.blocks), whole.rows) == (BLOCKS - 1, cut.rows)
    assert (whole.blocks[-1]["first"], whole.blocks[-1]["last"]) == (cut.blocks[-2]["first"], cut.blocks[-1]["last"])
    assert calibrate(whole, 1)["shape/a"] < 0.6 * calibrate(cut, 1)["shape/a"]


def test_blocks_that_are_whole_stay_as_they_are(reference: Profile) -> None:
    assert whole_blocks(reference) is reference
    assert whole_blocks(make(1, 1)).blocks == make(1, 1).blocks


def test_a_number_that_is_the_same_in_all_rows_goes_with_nothing(reference: Profile) -> None:
    window = make(2, 4)
    values = np.random.default_rng(3).normal(2, 1, (4, 400))
    products = np.einsum("bri,brj->bij", *2 * [np.stack([np.full(values.shape, 1.7), values, values * 0 + 1], axis=-1)])
    rounded = np.vectorize(lambda value: float(f"{value:.4e}"))(products)  # as they are written
    correlations = replace(window, sums={**window.sums, "products": rounded}).whole()[WITHIN]
    assert (correlations[0, 1], correlations[1, 1]) == (0, pytest.approx(1))
