"""How much of a model's predictions rests on each feature, in some rows: what monitoring compares between periods.

Shapley values by sampling as in `attribution.py`, of any model by its ONNX form, but with the same few draws for every
row: what a draw is off by is then the same in all periods, and goes in their comparison. The background is drawn from
the bins of a profile, a feature at a time, since a profile holds no rows. Where it was measured, shares differed from
those of LightGBM's TreeSHAP by .03 at most, at .5 ms a row; TreeSHAP took .8 ms, and it knows trees alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.features import UNKNOWN_CATEGORY, Feature, Matrix
from learning.profiles import Plan

DRAWS = 4  # rows of the background, each with an order of the features and its reverse
MOST_SCORED = 160_000  # rows that are scored in all for a reference: less than half a second of CPU
MOST_SCORED_OF_WINDOW = 40_000  # ... and for a window: enough for all that the reference has of a quarter of a year
LEAST_ROWS, MOST_ROWS = 4, 64  # of a block
BATCH = 2_000_000  # numbers that are in memory at once
SEED = 1
NO_HASH = np.iinfo(np.uint64).max
Score = Callable[[Matrix], NDArray[Any]]


@dataclass(frozen=True)
class Drawn:
    """The rows of each block (blocks, rows, features) that are looked at: of the same table, always the same ones.

    A row's place is the remainder of its hash divided by `rows`; of those with one place, the least hash has it.
    `least` are these hashes (blocks, rows), NO_HASH where there is no row.
    """

    matrix: Matrix
    least: NDArray[np.uint64]

    @classmethod
    def empty(cls, blocks: int, rows: int, features: int) -> "Drawn":
        """Begin with no row in any place."""
        matrix = np.empty((blocks, rows, features), dtype=np.float32)
        return cls(matrix, np.full((blocks, rows), NO_HASH, dtype=np.uint64))

    @property
    def there(self) -> NDArray[np.bool_]:
        """Say which places have a row, (blocks, rows)."""
        return self.least < NO_HASH

    def draw(self, matrix: Matrix, blocks: NDArray[np.intp], hashes: NDArray[np.uint64]) -> None:
        """Look at more rows (rows, features), their blocks and hashes (rows,)."""
        if self.least.size:
            places = (hashes % np.uint64(self.least.shape[1])).astype(np.intp)
            np.minimum.at(self.least, (blocks, places), hashes)
            new = self.least[blocks, places] == hashes
            self.matrix[blocks[new], places[new]] = matrix[new]


def rows_per_block(features: int, blocks: int, most: int = MOST_SCORED) -> int:
    """Return how many rows of each block are looked at, if at most so many are to be scored."""
    scored = 2 * DRAWS * (features + 1) * max(blocks, 1)
    return max(LEAST_ROWS, min(MOST_ROWS, most // scored))


def draw_background(plan: Plan, features: Sequence[Feature], bins: Mapping[str, NDArray[np.float64]]) -> Matrix:
    """Draw DRAWS rows (draws, features) from what is known of each feature alone: its quantiles, or its categories.

    `bins` are counts (blocks, bins) by "bins/NAME", as `measure` returns them. A feature that is mostly missing, or has
    categories that the model does not know, is so in some of the rows.
    """
    generator = np.random.default_rng(SEED)
    rows = np.empty((DRAWS, len(features)), dtype=np.float32)
    for place, feature in enumerate(features):
        at = (generator.permutation(DRAWS) + 0.5) / DRAWS  # evenly spread, so that few rows are typical of all
        counts = bins[f"bins/{feature.name}"].sum(axis=0)
        rows[:, place] = _categories(counts, at) if feature.kind == "category" else _numbers(counts, at, plan, feature)
    return rows


def _categories(counts: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return codes at these shares of all rows; the last count is of what the model does not know."""
    codes = np.searchsorted(np.cumsum(counts) / max(counts.sum(), 1), at, side="right")
    return np.where(codes >= len(counts) - 1, float(UNKNOWN_CATEGORY), codes)


def _numbers(counts: NDArray[np.float64], at: NDArray[np.float64], plan: Plan, feature: Feature) -> NDArray[np.float64]:
    """Return values at these shares of the rows, first those that are known, then the missing ones as NaN."""
    known = 1 - counts[-1] / counts.sum() if counts.sum() else 0.0
    edges = np.array(plan.edges[feature.name], dtype=float)
    inside = np.concatenate([[0.0], np.cumsum(counts[1 : len(edges)])])
    if known <= 0 or inside[-1] <= 0:  # never known, or always the same number
        return np.where(at < known, edges[0], np.nan)
    # Where a bin begins is a value that occurs; in the middle of the last bin of rain, mostly 0, hardly any does.
    places = np.searchsorted(inside / inside[-1], at / known, side="right") - 1
    return np.where(at < known, edges[np.minimum(places, len(edges) - 1)], np.nan)


def attribute_rows(score: Score, matrix: Matrix, background: Matrix) -> NDArray[np.float64]:
    """Return by how much each feature moves the prediction of each row (rows, features) from the background's mean.

    Of several classes, the prediction is the probability of the row's likeliest one.
    """
    features = matrix.shape[1]
    generator = np.random.default_rng(SEED)
    orders = [generator.permutation(features) for _ in background]
    size = max(1, BATCH // (features * (features + 1)))
    found = np.zeros(matrix.shape)
    for first in range(0, len(matrix), size):
        part = slice(first, first + size)
        for start, order in zip(background, orders, strict=True):
            for each in (order, order[::-1]):
                found[part] += _moves(score, matrix[part], start, each)
    return found / (2 * len(background))


def _moves(score: Score, rows: Matrix, start: NDArray[np.float32], order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what the prediction moves by (rows, features) while features take each row's values in this order."""
    count, features = rows.shape
    when = np.empty(features, dtype=np.intp)
    when[order] = np.arange(features)
    taken = np.arange(features + 1)[:, np.newaxis] > when
    walks = np.where(taken, rows[:, np.newaxis], start).astype(np.float32)
    answers = score(walks.reshape(-1, features))
    answers = answers.reshape(count, features + 1, *answers.shape[1:]).astype(np.float64)
    if answers.ndim > 2:
        likeliest = answers[:, -1].argmax(axis=-1)
        answers = answers[np.arange(count), :, likeliest]
    moves = np.empty((count, features))
    moves[:, order] = np.diff(answers, axis=1)
    return moves
