"""Read profiles, as `src/profile_data.py` writes them, and put their blocks together to windows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operation.errors import OperationError
from operation.execution.json_files import read_json

SCHEMA = 1
Array = NDArray[np.float64]
Sums = Mapping[str, Array]
WEEK = 7  # days: those of fewer are never like others, which have other days of the week
NOISE = 2e-4  # of a sum of squares, which src/profile_data.py writes with five digits
WITHIN = "within"  # correlations of the numbers inside of the blocks, which the season does not change


@dataclass(frozen=True)
class Profile:
    """Sums by block, (blocks, ...) each; `features` maps a name to "number" or to its categories.

    `slices` has the values, as texts, of those columns by which the outcomes of a window are also measured: in the sums
    `outcomes/COLUMN` and `errors/COLUMN`, (blocks, values, ...). `name` is what a window without dates is called.
    """

    features: Mapping[str, Any]
    plan: Mapping[str, Any]
    blocks: tuple[Mapping[str, Any], ...]
    sums: Sums
    model_sha256: str
    task: str
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    name: str = ""

    @property
    def numbers(self) -> list[str]:
        """The names of the features that are numbers, in order."""
        return [name for name, kind in self.features.items() if kind == "number"]

    @property
    def categories(self) -> list[str]:
        """The names of the features that are categories, in order."""
        return [name for name, kind in self.features.items() if kind != "number"]

    @property
    def rows(self) -> int:
        """The number of rows in all blocks."""
        return int(self.sums["rows"].sum())

    @property
    def scored(self) -> int:
        """The number of rows with a score: fewer than all in a large window, whose scores are those of a sample."""
        return int(self.sums["scores"].sum()) if self.rows else 0

    @property
    def days(self) -> int:
        """The number of days with rows; 0 where there are no dates."""
        return sum(block["days"] for block in self.blocks)

    @property
    def least_days(self) -> int:
        """The days that a window needs to be like the blocks of this reference, at most a week; 0 without dates."""
        return min(WEEK, int(np.median([block["days"] for block in self.blocks]))) if self.blocks else 0

    @property
    def span(self) -> tuple[str, str]:
        """The first and the last day, or twice the name, or the numbers of the rows; empty texts if there are none."""
        if self.name and not self.days:
            return (self.name, self.name) if self.blocks else ("", "")
        return (str(self.blocks[0]["first"]), str(self.blocks[-1]["last"])) if self.blocks else ("", "")

    @cached_property
    def covariances(self) -> Array:
        """Return the covariances in each block, (blocks, numbers + clock, the same), weighted by its rows."""
        return covariances(self.sums["products"]) * self.sums["rows"][:, None, None]

    def window(self, first: int, count: int) -> dict[str, Array]:
        """Add up `count` blocks."""
        chosen = slice(first, first + count)
        found = {name: value[chosen].sum(axis=0) for name, value in self.sums.items()}
        squares = np.diag(found["products"])[:-1]
        return found | {WITHIN: correlations(self.covariances[chosen].sum(axis=0), squares)}

    def windows(self, count: int) -> dict[str, Array]:
        """Stack all windows of `count` blocks, of which each begins a block later."""
        each = [self.window(first, count) for first in range(len(self.blocks) - count + 1)]
        return {name: np.stack([window[name] for window in each]) for name in each[0]}

    def whole(self) -> dict[str, Array]:
        """Add up all blocks."""
        return self.window(0, len(self.blocks))


def read_profile(file: Path, remedy: str) -> Profile:
    """Read a profile; raises OperationError, with the remedy, unless it is one of this schema."""
    document = read_json(file, remedy)
    if document.get("schema") != SCHEMA:
        raise OperationError(f"{file} is of schema {document.get('schema')}, and this is {SCHEMA}. {remedy}")
    try:
        sums = {name: _array(value) for name, value in document["sums"].items()}
        if "products" in sums:
            sums["products"] = _symmetric(sums["products"])
        blocks, model, task = tuple(document["blocks"]), document["model_sha256"], document["task"]
        slices = document.get("slices", {})
        return Profile(document["features"], document["plan"], blocks, sums, model, task, slices)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise OperationError(f"{file} is damaged ({error!r}). {remedy}") from error


def _array(value: Any) -> Array:
    """Return an array of nested lists, or of counts with their places: what is not listed is 0."""
    if not isinstance(value, Mapping):
        return np.array(value, dtype=float)
    found = np.zeros(math.prod(value["shape"]))
    found[np.array(value["places"], dtype=np.intp)] = value["counts"]
    return found.reshape(value["shape"])


def _symmetric(halves: Array) -> Array:
    """Return whole matrices (blocks, n, n) of their upper halves (blocks, n (n + 1) / 2)."""
    size = int((np.sqrt(8 * halves.shape[1] + 1) - 1) / 2)
    rows, columns = np.triu_indices(size)
    whole = np.zeros((len(halves), size, size))
    whole[:, rows, columns] = halves
    whole[:, columns, rows] = halves
    return whole


def covariances(products: Array) -> Array:
    """Return covariances (blocks, n, n) of sums of products whose last row and column are those with 1."""
    rows = np.maximum(products[:, -1, -1], 1)
    means = products[:, -1, :] / rows[:, None]
    found: Array = (products / rows[:, None, None] - means[:, :, None] * means[:, None, :])[:, :-1, :-1]
    return found


def correlations(matrix: Array, squares: Array) -> Array:
    """Return correlations, of covariances and the sums of squares that they come from; 0 with what does not vary.

    That is what varies by no more than the digits of the sums: a number that is the same in all rows has that noise.
    """
    varies = np.diag(matrix) > NOISE * squares
    spread = np.where(varies, np.sqrt(np.maximum(np.diag(matrix), 1e-9)), np.inf)
    found: Array = matrix / np.outer(spread, spread)
    return found


def whole_blocks(reference: Profile) -> Profile:
    """Return the reference with a last block that is not whole added to the one before it.

    A window of the one day that is left at the end of a year would be the worst of all weeks, and set their limits.
    """
    sizes = [block["days"] for block in reference.blocks]
    sizes = sizes if any(sizes) else reference.sums["rows"].tolist()
    if len(sizes) < 2 or sizes[-1] >= np.median(sizes):
        return reference
    *others, before, last = reference.blocks
    joined = {**before, "last": last["last"], "days": before["days"] + last["days"]}
    sums = {
        name: np.concatenate([value[:-2], value[-2:].sum(axis=0, keepdims=True)])
        for name, value in reference.sums.items()
    }
    return replace(reference, blocks=(*others, joined), sums=sums)


@dataclass(frozen=True)
class Compared:
    """A window beside the windows of the reference that are as long, (windows, ...) each, and beside all of it.

    `slopes` predict each number from the others: (numbers, numbers + clock + 1), with -1 at its own place.
    """

    reference: Profile
    window: Sums
    windows: Sums
    whole: Sums
    slopes: Array


def fit_slopes(products: Array, numbers: int) -> Array:
    """Fit each number by the others, the clock and 1, from sums of products; a ridge keeps near copies apart."""
    size, matrix = len(products), products / max(products[-1, -1], 1)
    slopes = np.zeros((numbers, size))
    for place in range(numbers):
        others = [other for other in range(size) if other != place]
        ridge = matrix[np.ix_(others, others)] + 1e-3 * np.eye(size - 1)
        slopes[place, others] = np.linalg.solve(ridge, matrix[others, place])
        slopes[place, place] = -1
    return slopes


def share(part: Array, total: Array) -> Array:
    """Divide; 0 where there is nothing."""
    found: Array = np.where(total > 0, part, 0) / np.where(total > 0, total, 1)
    return found


def nearest(distances: Array) -> float:
    """Return the least distance to any window of the reference."""
    return float(np.min(distances))


def lengths(reference: Profile, days: int, rows: int) -> int:
    """Return how many blocks of the reference are as long as such a window: at least one, at most half of them."""
    block = reference.blocks[0]["days"]
    size = days / block if block else rows * len(reference.blocks) / max(reference.rows, 1)
    return max(1, min(round(size), len(reference.blocks) // 2))
