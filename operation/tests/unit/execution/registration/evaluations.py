"""What evaluation would say of a made-up model of each task, with every part that a card shows."""

from functools import cache
from typing import Any

import numpy as np

from learning import quality
from learning.features import Feature, Matrix
from learning.intervals import group_rows
from learning.metrics import calibration_table, confusion_table, metrics_of, slice_table
from learning.quality import Tested
from learning.tasks import TASKS
from learning.thresholds import Costs

ROWS, CLASSES = 600, ("high", "low|er", "mid")
FEATURES = (Feature("size", "number"), Feature("part of town", "category", ("east", "west")))
WORDS = {"event": "rent", "target": "rent", "rows_are": "flats", "predicted_at": "when it is offered"}


@cache
def evaluation_of(task: str) -> dict[str, Any]:
    """A larger flat costs more; of the 600, five are on an island."""
    generator = np.random.default_rng(5)
    size = generator.normal(size=ROWS)
    matrix = np.column_stack([size, generator.integers(-1, 2, ROWS)]).astype(np.float32)
    matrix[::60, 0] = np.nan
    scores, outcomes = _score(task, matrix), _outcomes(task, size + generator.normal(0, 1, ROWS))
    island = np.where(np.arange(ROWS) < 5, 1, 0)
    groups = {"place": (island, ["city", "island"])}
    metric = TASKS[task].metric
    tested = Tested(task, metric, outcomes, scores, group_rows(np.arange(ROWS), 1), 0.95, 1)
    calibrated: dict[str, Any] = {} if task == "regression" else {"calibration": calibration_table(outcomes, scores)}
    if task == "multiclass":
        calibrated |= {"classes": [*CLASSES], "confusion": confusion_table(outcomes, scores)}
    costs = Costs(1, 3) if task == "binary" else Costs()
    metrics = {name: function(outcomes, scores) for name, function in metrics_of(task).items()}
    return {
        **WORDS,
        "task": task,
        "rows": ROWS,
        **{"binary": {"positive_share": 0.5}, "multiclass": {}, "regression": {"mean": 0.1, "standard_deviation": 1.4}}[
            task
        ],
        "metrics": metrics,
        "baselines": {"constant": dict.fromkeys(metrics, 0.5), "linear": dict.fromkeys(metrics, 0.6)},
        **calibrated,
        "slices": {"place": slice_table(*groups["place"], task, outcomes, scores, [metric])},
        "champion": None,
        "comparison": None,
        "intervals": quality.intervals(tested, groups, {"linear": scores[::-1]}),
        **quality.thresholds(tested, costs),
        **quality.fairness(tested, groups),
        **quality.explanation(lambda rows: _score(task, rows), matrix, FEATURES, tested),
    }


def _score(task: str, matrix: Matrix) -> Any:
    size = np.nan_to_num(matrix[:, 0])
    if task == "regression":
        return size
    chance = 1 / (1 + np.exp(-size))
    return chance if task == "binary" else np.column_stack([chance**2, (1 - chance) ** 2, 2 * chance * (1 - chance)])


def _outcomes(task: str, level: Any) -> Any:
    if task == "regression":
        return level
    return level > 0 if task == "binary" else np.where(level > 1, 0, np.where(level < -1, 1, 2))
