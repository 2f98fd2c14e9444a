"""Describe rows and their scores, block by block, in sums that can be added up: what monitoring compares.

A block is some days in a row, or some rows where there are no dates. Everything that is measured of it is a count or a
sum, so blocks of any window add up, batches of any size give the same, and a reference holds no row of anybody. The
`Plan` says where bins begin and end; it is made of the reference's rows and used for every window that is compared.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.features import Feature, Matrix

Sums = dict[str, NDArray[np.float64]]  # (blocks, ...) each
BINS, SCORE_BINS = 12, 100
HOUR, MOST = 3600, 20
MOST_GROUPS = 24  # categories of a feature whose rows are compared with those of the others
MOST_PLACES = 12  # groups, such as airports, that are compared with one another


@dataclass(frozen=True)
class Series:
    """Numbers that are the same in all rows of a group at a time, such as the weather at a place.

    `clock` is the column with the time, whose usual distance is `step` seconds; `group` is a column, "" for none.
    `joined` are those numbers that come from another table than the rows do: their relation to the outcome has a time.
    """

    clock: str
    step: int
    group: str
    names: tuple[str, ...]
    joined: tuple[str, ...]

    @property
    def lags(self) -> tuple[int, ...]:
        """Return the distances in time, in steps, at which the joined numbers are compared with the outcomes."""
        return tuple(range(-48, 49, 6)) if self.step <= HOUR else tuple(range(-7, 8))


@dataclass(frozen=True)
class Plan:
    """Where bins begin and end: `edges` of each number's bins, the first and the last of which are its extremes.

    `center` and `scale` standardize the numbers, by name; `score_edges` bound the bins of scores.
    """

    edges: Mapping[str, tuple[float, ...]]
    center: Mapping[str, float]
    scale: Mapping[str, float]
    score_edges: tuple[float, ...]
    series: tuple[Series, ...] = ()


def fit_plan(matrix: Matrix, features: Sequence[Feature], scores: NDArray[Any]) -> Plan:
    """Choose bins that hold equal shares of the rows, and what standardizes the numbers."""
    numbers = [place for place, feature in enumerate(features) if feature.kind == "number"]
    columns = [matrix[:, place][np.isfinite(matrix[:, place])].astype(float) for place in numbers]
    names = [features[place].name for place in numbers]
    edges = {name: _edges(column, BINS) for name, column in zip(names, columns, strict=True)}
    center = {name: float(column.mean()) if len(column) else 0.0 for name, column in zip(names, columns, strict=True)}
    scale = {
        name: (float(column.std()) if len(column) else 0) or 1.0 for name, column in zip(names, columns, strict=True)
    }
    return Plan(edges, center, scale, _edges(scores[np.isfinite(scores)].astype(float), SCORE_BINS))


def _edges(values: NDArray[np.float64], bins: int) -> tuple[float, ...]:
    if not len(values):
        return (0.0, 0.0)
    return tuple(np.unique(np.quantile(values, np.linspace(0, 1, bins + 1))).tolist())


def measure(
    matrix: Matrix,
    features: Sequence[Feature],
    plan: Plan,
    blocks: NDArray[np.intp],
    count: int,
    hours: NDArray[np.float64] | None = None,
) -> Sums:
    """Measure the features of rows (rows, features) whose block is `blocks`, of `count`; `hours` are those of a day.

    Numbers have a bin below and one above all that the reference held, and one for missing values at the end. A
    category has one for each category, and at the end one for all that the model does not know.
    """
    sums: Sums = {"rows": np.bincount(blocks, minlength=count).astype(float)}
    for place, feature in enumerate(features):
        codes, width = _codes(matrix[:, place], feature, plan)
        sums[f"bins/{feature.name}"] = _count(blocks * width + codes, (count, width))
    return sums | _multiply(matrix, features, plan, blocks, count, hours)


def _multiply(
    matrix: Matrix,
    features: Sequence[Feature],
    plan: Plan,
    blocks: NDArray[np.intp],
    count: int,
    hours: NDArray[np.float64] | None,
) -> Sums:
    """Sum products by block: of all pairs of standardized numbers, of the clock's sine and cosine, and of 1.

    And for each category of few values, the numbers of the rows of each, and how many these are,
    (blocks, categories, numbers + 1).
    """
    numbers = [place for place, feature in enumerate(features) if feature.kind == "number"]
    groups = [(place, each) for place, each in enumerate(features) if 1 < len(each.categories) <= MOST_GROUPS]
    names = [features[place].name for place in numbers]
    usual = np.array([[plan.center[name] for name in names], [plan.scale[name] for name in names]], dtype=np.float32).T
    columns, waves = matrix.T, np.empty((0, len(blocks)))
    if hours is not None:
        waves = np.array([np.sin(hours * np.pi / 12), np.cos(hours * np.pi / 12)])
    if (np.diff(blocks) < 0).any():
        order = np.argsort(blocks.astype(np.uint16), kind="stable")  # of 16 bits, NumPy sorts by radix
        columns, waves = columns.take(order, axis=1), waves[:, order]
    width = len(numbers) + len(waves) + 1
    products = np.zeros((count, width, width))
    found = {each.name: np.zeros((count, len(each.categories), len(numbers) + 1)) for _, each in groups}
    end = 0
    for block, rows in enumerate(np.bincount(blocks, minlength=count).tolist()):
        start, end = end, end + rows
        standard = _standardize(columns[numbers, start:end], usual)
        # Of 64 bits: a variance is what is left of such sums, and of 32 that is noise where numbers stand still.
        values = np.concatenate([standard, waves[:, start:end], np.ones((1, rows))], dtype=np.float64)
        products[block] = values @ values.T
        for place, each in groups:
            members = columns[place, start:end] == np.arange(len(each.categories), dtype=np.float32)[:, np.newaxis]
            found[each.name][block, :, :-1] = members.astype(np.float64) @ values[: len(numbers)].T
            found[each.name][block, :, -1] = members.sum(axis=1)
    return {f"groups/{name}": sums for name, sums in found.items()} | {"products": products}


def _standardize(columns: NDArray[np.float32], usual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return numbers (columns, rows) in deviations from what is usual, (columns, value and scale); 0 for missing ones.

    A value far outside, which the bins show anyway, must not drown everything else.
    """
    columns -= usual[:, :1]
    columns /= usual[:, 1:]
    columns[np.isnan(columns)] = 0
    return np.clip(columns, -MOST, MOST, out=columns)


def _codes(column: NDArray[np.float32], feature: Feature, plan: Plan) -> tuple[NDArray[np.integer[Any]], int]:
    if feature.kind == "category":
        known = len(feature.categories)
        return np.where(column < 0, known, column).astype(np.intp), known + 1
    edges = np.array(plan.edges[feature.name], dtype=np.float32)
    codes = np.zeros(len(column), dtype=np.uint8)
    for edge in edges:  # of so few, a third of what a binary search takes
        codes += column >= edge
    codes[column == edges[-1]] = len(edges) - 1  # the greatest is within
    codes[np.isnan(column)] = len(edges) + 1
    return codes, len(edges) + 2


def measure_scores(
    scores: NDArray[Any], events: NDArray[np.intp] | None, plan: Plan, blocks: NDArray[np.intp], count: int
) -> Sums:
    """Count scores by bin: all, (blocks, bins), and rows without and with the event, (blocks, 2, bins)."""
    width = len(plan.score_edges) + 1
    codes = np.searchsorted(np.array(plan.score_edges), scores, side="right")
    found: Sums = {"scores": _count(blocks * width + codes, (count, width))}
    if events is not None:
        found["outcomes"] = _count((blocks * 2 + events) * width + codes, (count, 2, width))
    return found


def measure_errors(errors: NDArray[np.float64], places: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Count rows, sum their errors and the squares of these, (places, 3)."""
    parts = (np.ones(len(errors)), errors, errors * errors)
    return np.stack([np.bincount(places, weights=part, minlength=count) for part in parts], axis=-1)


def measure_slices(
    scores: NDArray[Any],
    events: NDArray[np.intp],
    errors: NDArray[np.float64],
    plan: Plan,
    places: NDArray[np.intp],
    count: int,
) -> Sums:
    """Measure rows with an outcome by the place of their block and slice, (places, 2, bins) and (places, 3)."""
    outcomes = measure_scores(scores, events, plan, places, count)["outcomes"]
    return {"outcomes": outcomes, "errors": measure_errors(errors, places, count)}


def _count(places: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Count how often each cell of an array of this shape is among the places, which are numbers in its flat form."""
    return np.bincount(places, minlength=math.prod(shape)).reshape(shape).astype(np.float64)


@dataclass(frozen=True)
class Moments:
    """A series as arrays (moments,): its group, its time in steps, its block, its outcome and whether any are broken.

    `values` and `broken` have a column for each of its names; an outcome is NaN where none is known. `place` is that of
    the group among the `places` categories of its column, -1 for one that the model does not know.
    """

    group: NDArray[np.intp]
    time: NDArray[np.intp]
    block: NDArray[np.intp]
    outcome: NDArray[np.float64]
    values: NDArray[np.float64]
    broken: NDArray[np.bool_]
    place: NDArray[np.intp]
    places: int


def measure_series(moments: Moments, series: Series, plan: Plan, count: int) -> Sums:
    """Measure a series: (blocks, names, 2) moments with unlike rows and all; (blocks, names, 3) steps, all, those of 0.

    And for joined numbers (blocks, joined, lags, 3): products with the outcome at each lag, and their squares; for few
    groups also `offsets`.
    """
    scale = np.array([plan.scale[name] for name in series.names])
    jump = np.abs(np.diff(moments.values, axis=0)) / scale
    follows = (np.diff(moments.group) == 0) & (np.diff(moments.time) == 1)
    known = np.isfinite(jump) & follows[:, None]
    all_of_them = np.ones_like(moments.broken)
    broken = _sum_by_block(moments.block, [moments.broken, all_of_them], count)
    parts = [np.where(known, np.minimum(jump, MOST), 0), known, known & (jump == 0)]
    steps = _sum_by_block(moments.block[1:], parts, count)
    found = {"broken": broken, "steps": steps, "lags": _measure_lags(moments, series, count)}
    return found | ({"offsets": _offsets(moments, scale, count)} if 1 < moments.places <= MOST_PLACES else {})


def _sum_by_block(block: NDArray[np.intp], parts: Sequence[NDArray[Any]], count: int) -> NDArray[np.float64]:
    """Sum each part (moments, names) by block, (blocks, names, parts): first where one block follows itself."""
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    found = np.zeros((count, parts[0].shape[1], len(parts)))
    for place, part in enumerate(parts):
        np.add.at(found[:, :, place], block[starts], np.add.reduceat(part, starts, axis=0, dtype=np.float64))
    return found


def _offsets(moments: Moments, scale: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sum how far each group is from the mean of all groups at the time, and count them: (blocks, groups, names, 2).

    Only times at which every group has a value count, so that none shifts the mean by its absence.
    """
    found = np.zeros((count, moments.places, len(scale), 2))
    if not len(moments.time):
        return found
    time = moments.time - moments.time.min()
    for name, values in enumerate((moments.values / scale).T):
        known = np.isfinite(values) & (moments.place >= 0)
        number = np.bincount(time[known], minlength=time.max() + 1)
        total = np.bincount(time[known], weights=values[known], minlength=time.max() + 1)
        whole = known & (number[time] == moments.places)
        away = values[whole] - total[time[whole]] / moments.places
        where = (moments.block[whole], moments.place[whole])
        np.add.at(found[:, :, name], where, np.stack([away, np.ones(len(away))], axis=-1))
    return found


def _measure_lags(moments: Moments, series: Series, count: int) -> NDArray[np.float64]:
    """Compare each joined number with the outcome, after both have lost their mean of the block and hour of day."""
    start = moments.time.min() if len(moments.time) else 0
    width = int(moments.time.max() - start + 1) if len(moments.time) else 0
    groups = int(moments.group.max() + 1) if len(moments.group) else 0
    places = moments.group, moments.time - start
    day = max(1, round(24 * HOUR / series.step)) if series.step else 1
    cells = (moments.group * count + moments.block) * day + moments.time % day

    def grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
        known = np.isfinite(values)
        number = np.bincount(cells[known], minlength=cells.max() + 1)
        total = np.bincount(cells[known], weights=values[known], minlength=cells.max() + 1)
        whole = np.full((groups, width), np.nan)
        whole[places] = values - (total / np.maximum(number, 1))[cells]
        return whole

    found = np.zeros((count, len(series.joined), len(series.lags), 3))
    if not width:
        return found
    outcome = grid(moments.outcome)
    blocks = np.zeros((groups, width), dtype=np.intp)
    blocks[places] = moments.block
    for place, name in enumerate(series.joined):
        values = grid(moments.values[:, series.names.index(name)])
        for at, lag in enumerate(series.lags):
            if abs(lag) < width:
                np.add(found[:, place, at], _products_at(outcome, values, blocks, lag, count), out=found[:, place, at])
    return found


def _products_at(
    outcome: NDArray[np.float64], values: NDArray[np.float64], blocks: NDArray[np.intp], lag: int, count: int
) -> NDArray[np.float64]:
    """Sum the products of outcomes with the values `lag` steps later, and both squares, (blocks, 3)."""
    width = outcome.shape[1]
    now, then = slice(max(0, -lag), width - max(0, lag)), slice(max(0, lag), width + min(0, lag))
    first, second = outcome[:, now], values[:, then]
    known = np.isfinite(first) & np.isfinite(second)
    first, second, block = first[known], second[known], blocks[:, now][known]
    pairs = (first * second, first * first, second * second)
    return np.stack([np.bincount(block, weights=pair, minlength=count) for pair in pairs], axis=-1)
