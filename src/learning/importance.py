"""Which features a model uses, and how its answer follows each: of any model, by asking its ONNX form alone.

LightGBM's own TreeSHAP was measured at 3.6 ms a row, a tenth of the whole training for a sample of a thousand, and
knows trees alone. Shuffling a column asks the model that serves, in the metric that the gate compares by.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.features import UNKNOWN_CATEGORY, Feature, Matrix
from learning.intervals import gain_of, replicate
from learning.metrics import Metric
from learning.ranking import Clusters

Score = Callable[[Matrix], NDArray[Any]]
SAMPLE = 1000  # rows that are shuffled ...
MOST_SCORED = (
    30_000  # ... or fewer, with many features: so many rows are scored in all, which takes a tenth of a second
)
LEAST = 200
CURVES, CURVE_ROWS, CURVE_POINTS = 6, 100, 12  # features whose curve is drawn, rows that each point averages, points
BACKGROUND = 100  # rows that a prediction is explained against
FILE = "background.json"


def spread(count: int, most: int) -> NDArray[np.intp]:
    """Return at most so many places of `count` rows, evenly spread over all."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(np.intp))


def sample_size(features: int) -> int:
    """Return how many rows are shuffled, of so many features."""
    return max(LEAST, min(SAMPLE, MOST_SCORED // features))


def permutation_importance(
    score: Score,
    matrix: Matrix,
    outcomes: NDArray[Any],
    metric: Metric,
    features: Sequence[Feature],
    groups: Clusters,
    confidence: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Return by how much the metric gets worse when a feature's values are shuffled (Breiman 2001), the largest first.

    `lower` and `upper` are None where the groups are too few.

    All arrays are of the sample: `matrix` (rows, features). Features that say the same stand in for each other, so
    each of them looks less important than both are.
    """
    answers = score(_shuffle_each(matrix, np.random.default_rng(seed)))
    answers = answers.reshape(*matrix.shape, *answers.shape[1:])
    ours = replicate(metric, outcomes, score(matrix), groups)
    found: list[dict[str, Any]] = []
    for place, feature in enumerate(features):
        theirs = replicate(metric, outcomes, answers[:, place], groups)
        lost = float(ours[0] - theirs[0] if metric.higher_is_better else theirs[0] - ours[0])
        gain = gain_of(metric, ours, theirs, confidence)
        ends = (gain["lower"], gain["upper"]) if gain else (None, None)
        if not np.isnan(lost):
            found.append({"feature": feature.name, "difference": lost, "lower": ends[0], "upper": ends[1]})
    return sorted(found, key=lambda each: -each["difference"])


def _shuffle_each(matrix: Matrix, generator: np.random.Generator) -> Matrix:
    """Return each row once for each feature (rows * features, features), with that feature's value of another row.

    What is nearly equal comes one after the other: a row at a time, trees are twice as fast as a feature at a time.
    """
    asked = np.repeat(matrix[:, np.newaxis], matrix.shape[1], axis=1)
    for place in range(matrix.shape[1]):
        asked[:, place, place] = generator.permutation(matrix[:, place])
    return asked.reshape(-1, matrix.shape[1])


def partial_dependence(score: Score, matrix: Matrix, feature: Feature, place: int) -> dict[str, Any]:
    """Return the mean answer when every row had the same value of the feature (Friedman 2001), at values that occur.

    `values` are numbers or texts, None for a missing one; `means` has a number for each, or one for each class.
    `rows` counts the rows at a value, of a number those nearest to it.
    """
    column = matrix[:, place]
    values, rows = _values(column, feature)
    asked = np.repeat(matrix[spread(len(matrix), CURVE_ROWS), np.newaxis], len(values), axis=1)
    asked[:, :, place] = values
    answers = score(asked.reshape(-1, matrix.shape[1]))
    means = answers.reshape(-1, len(values), *answers.shape[1:]).mean(axis=0, dtype=np.float64)
    shown = [_shown(value, feature) for value in values.tolist()]
    return {"feature": feature.name, "kind": feature.kind, "values": shown, "means": means.tolist(), "rows": rows}


def _values(column: NDArray[np.float32], feature: Feature) -> tuple[NDArray[np.float32], list[int]]:
    """Choose the values to ask for: the most frequent categories, or quantiles of a number and, last, a missing one."""
    if feature.kind == "category":
        values, counts = np.unique(column, return_counts=True)
        frequent = np.argsort(-counts, kind="stable")[:CURVE_POINTS]
        return values[frequent], counts[frequent].tolist()
    present = column[~np.isnan(column)]
    missing = len(column) - len(present)
    points = (
        np.unique(np.quantile(present, np.linspace(0, 1, CURVE_POINTS), method="nearest")) if len(present) else present
    )
    middles = (points[1:] + points[:-1]) / 2
    counts = np.bincount(np.searchsorted(middles, present), minlength=len(points))
    if not missing:
        return points, counts.tolist()
    return np.append(points, np.float32(np.nan)), [*counts.tolist(), missing]


def _shown(value: float, feature: Feature) -> str | float | None:
    """Return a value of the matrix as people know it; None is missing, or unknown to the model."""
    if np.isnan(value) or (feature.kind == "category" and value == UNKNOWN_CATEGORY):
        return None
    return feature.categories[int(value)] if feature.kind == "category" else value


def background(matrix: Matrix) -> dict[str, Any]:
    """Return the document of FILE: encoded rows against which predictions are explained, null for a missing number."""
    finite = matrix[~np.isinf(matrix).any(axis=1)]  # JSON has no such number
    rows = finite[spread(len(finite), BACKGROUND)].astype(np.float64) if len(finite) else finite.astype(np.float64)
    return {"rows": [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]}
