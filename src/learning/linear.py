"""A linear model: ridge, logistic or softmax regression on standardized numbers and one column a category.

It is one of the models, and what every other one is measured by: what trees find beyond it is worth their size.
"""

from collections.abc import Sequence

import numpy as np

from learning.features import Matrix
from learning.fitting import WITHOUT_EFFECT, FittedModel, Scale, Scores, Settings, TrainingRows
from learning.linear_sums import LINKS, Floats, Inputs, Weights, add_up, to_onnx, to_text
from learning.onnx_graphs import link
from learning.tasks import BINARY, MULTICLASS, REGRESSION

CURVATURE = {BINARY: 1 / 4, MULTICLASS: 1 / 2, REGRESSION: 1.0}  # most that the loss of a row bends (Boehning 1992)
RIDGE = 1.0  # keeps columns apart that say the same; the setting l2 comes on top
STEPS, ENOUGH = 100, 1e-4  # at most, and the largest change of a coefficient that ends them
MOST_COLUMNS, MOST_CATEGORIES = 500, 50  # of the design, those that follow the outcome most; of a feature, by rows
MODEL_CELLS, BASELINE_CELLS = 20_000_000, 2_000_000  # rows x columns to learn from: time and memory are bounded
LEAST_ROWS = 1_000


def fit_linear(rows: TrainingRows, settings: Settings, cells: int = MODEL_CELLS) -> FittedModel:
    """Fit it to evenly spread rows, as many as make `cells` with the columns."""
    settings.refuse("linear", "feature_fraction", "bagging_fraction", "early_stopping_rounds")
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the threads of a matrix product would change its last digits
        inputs, weights, scale = _fit(rows, RIDGE + settings.l2, cells)

    def predict(matrix: Matrix) -> Scores:
        return scale.stretch(LINKS[rows.task](add_up(inputs, weights, matrix)))

    onnx = link(to_onnx(inputs, weights, rows), rows, scale)
    facts = {WITHOUT_EFFECT: ["trees", "leaves", "learning_rate", "min_rows_per_leaf"]}
    return FittedModel(to_text(inputs, weights), onnx, predict, facts=facts)


def fit_baseline(rows: TrainingRows, settings: Settings) -> FittedModel:
    """Fit the linear model that the card of another names beside it: on fewer rows, in a fraction of a second."""
    plain = Settings(settings.seed, 1, 2, 1.0, 1, settings.threads)
    return fit_linear(rows, plain, BASELINE_CELLS)


def _fit(rows: TrainingRows, penalty: float, cells: int) -> tuple[Inputs, Weights, Scale]:
    scale = Scale.of(rows)
    width = 2 * len(rows.features) + sum(min(len(each.categories), MOST_CATEGORIES) for each in rows.features)
    count = min(len(rows.matrix), max(LEAST_ROWS, cells // min(width, 2 * MOST_COLUMNS)))
    chosen = np.linspace(0, len(rows.matrix) - 1, count).astype(int)
    sample = rows.select(chosen)
    inputs = _describe(sample)
    targets = _targets(sample, scale)
    columns, design = _design(inputs, sample.matrix, targets)
    coefficients, intercept = _descend(design, targets, rows.task, penalty)
    return inputs, _spread(inputs, columns, coefficients, intercept), scale


def _describe(rows: TrainingRows) -> Inputs:
    """Take mean and standard deviation of each number from the rows in which it is finite."""
    numbers = [position for position, feature in enumerate(rows.features) if feature.kind == "number"]
    values = rows.matrix[:, numbers].astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    count = np.maximum(np.sum(~np.isnan(values), axis=0), 1)
    means = np.nansum(values, axis=0) / count
    spreads = np.sqrt(np.nansum((values - means) ** 2, axis=0) / count)
    spreads = np.maximum(np.where(spreads > 0, spreads, 1), np.finfo(np.float32).tiny)
    return Inputs(rows.features, means.astype(np.float32), spreads.astype(np.float32))


def _targets(rows: TrainingRows, scale: Scale) -> Matrix:
    """Return what the model should answer, (rows, width): a column of 0 and 1 for each class."""
    if rows.task == MULTICLASS:
        return np.equal(rows.outcomes[:, None], np.arange(rows.width)).astype(np.float32)
    return np.asarray(scale.shrink(rows), dtype=np.float32)[:, None]


Column = tuple[str, int, int]  # "number", "missing" or "table"; the place among those; the row of the table


def _design(inputs: Inputs, matrix: Matrix, targets: Matrix) -> tuple[list[Column], Matrix]:
    """Return the columns of the design, at most MOST_COLUMNS, and their values (rows, columns).

    Categories are unfolded one after the other, so that thousands of them take no more memory than one and the best.
    """
    numbers, missing, tables = inputs.standardize(matrix)
    kept = _Best(targets)
    kept.offer([("number", place, 0) for place in range(numbers.shape[1])], numbers)
    lacking = np.flatnonzero(missing.any(axis=0))
    kept.offer([("missing", int(place), 0) for place in lacking], missing[:, lacking])
    for place, rows_of_table in enumerate(tables):
        counts = np.bincount(rows_of_table)
        often = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
        often = np.sort(often[counts[often] > 0])
        one_hot = (rows_of_table[:, None] == often).astype(np.float32)
        kept.offer([("table", place, int(row)) for row in often], one_hot)
    return kept.columns, kept.values


class _Best:
    """The columns that follow the outcome most, of all that were offered."""

    def __init__(self, targets: Matrix) -> None:
        self._targets = targets - targets.mean(axis=0)
        self.columns: list[Column] = []
        self.values: Matrix = np.empty((len(targets), 0), dtype=np.float32)
        self._ranks: Floats = np.empty(0)

    def offer(self, columns: list[Column], values: Matrix) -> None:
        """Keep what is among the MOST_COLUMNS by the greatest covariance with an outcome, in the order offered."""
        ranks = np.abs(values.T @ self._targets).max(axis=1, initial=0)
        self.columns += columns
        self.values = np.hstack([self.values, values])
        self._ranks = np.concatenate([self._ranks, ranks])
        if len(self.columns) > MOST_COLUMNS:
            best = np.sort(np.argsort(-self._ranks, kind="stable")[:MOST_COLUMNS])
            self.columns = [self.columns[each] for each in best]
            self.values, self._ranks = self.values[:, best], self._ranks[best]


def _descend(design: Matrix, targets: Matrix, task: str, penalty: float) -> tuple[Floats, Floats]:
    """Return coefficients (columns, width) and intercept (width,) of the least penalized loss.

    Each step solves with the same upper bound of the curvature (Boehning 1992), factorized once, and goes beyond as
    Nesterov (1983) does, from the start again where that leads uphill. Of ridge regression the first step is the last.
    """
    design = np.hstack([design, np.ones((len(design), 1), dtype=np.float32)])
    penalties = np.full(design.shape[1], penalty)
    penalties[-1] = 1e-3  # the intercept's is there to keep the matrix regular
    bound = CURVATURE[task] * (design.T @ design).astype(np.float64) + np.diag(penalties)
    inverse = np.linalg.inv(bound)
    found = ahead = np.zeros((design.shape[1], targets.shape[1]))
    momentum = 1.0
    for _ in range(1 if task == REGRESSION else STEPS):
        errors = LINKS[task]((design @ ahead.astype(np.float32)).astype(np.float64)).reshape(targets.shape) - targets
        gradient = (design.T @ errors.astype(np.float32)).astype(np.float64) + penalties[:, None] * ahead
        former, found = found, ahead - inverse @ gradient
        if np.abs(found - former).max() < ENOUGH:
            break
        momentum = 1.0 if (gradient * (found - former)).sum() > 0 else momentum
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = found + (momentum - 1) / following * (found - former)
        momentum = following
    return found[:-1], found[-1]


def _spread(inputs: Inputs, columns: Sequence[Column], coefficients: Floats, intercept: Floats) -> Weights:
    """Put each coefficient in its place; what has no column has none."""
    width = len(intercept)
    sizes = [len(inputs.features[position].categories) + 1 for position in inputs.categories]
    numbers, missing = (np.zeros((len(inputs.numbers), width)) for _ in range(2))
    tables = [np.zeros((size, width)) for size in sizes]
    for (kind, place, row), values in zip(columns, coefficients, strict=True):
        if kind == "table":
            tables[place][row] = values
        else:
            (numbers if kind == "number" else missing)[place] = values
    return Weights(numbers, missing, tables, intercept)
