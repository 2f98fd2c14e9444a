"""What a model card says beside the metrics: intervals, thresholds, groups of people, and which features count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.features import Feature, Matrix
from learning.importance import (
    CURVES,
    partial_dependence,
    permutation_importance,
    sample_size,
    spread,
)
from learning.intervals import Replicates, as_list, gain_of, interval_of, is_too_few, replicate, replicate_sums
from learning.metrics import METRICS, metrics_of
from learning.outcomes import Outcomes
from learning.ranking import Clusters
from learning.tasks import BINARY, MULTICLASS, TASKS
from learning.thresholds import EVEN, Costs, threshold_table

FILE = "quality.json"
ALL = slice(None)
Groups = tuple[NDArray[np.intp], Sequence[str]]  # the code of each row (rows,), and the text of each code


@dataclass(frozen=True)
class Tested:
    """A model's scores on the test part, and how to judge them.

    `groups` (rows,) are those of learning.intervals; `metric` is the one compared by.
    """

    task: str
    metric: str
    outcomes: Outcomes
    scores: NDArray[Any]
    groups: Clusters
    confidence: float
    seed: int


def intervals(tested: Tested, slices: Mapping[str, Groups], baselines: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the interval of each metric, of each slice, and of what is gained over each baseline."""
    metric, ours = METRICS[tested.metric], _replicate(tested, tested.metric)
    names = tuple(metrics_of(tested.task))
    in_slices = tuple(dict.fromkeys((*TASKS[tested.task].slice_metrics, tested.metric)))
    return {
        "confidence": tested.confidence,
        "groups": len(np.unique(tested.groups)),
        "metrics": _intervals(tested, names, ALL),
        "slices": {
            column: [_of_slice(tested, codes == code, in_slices) for code in range(len(values))]
            for column, (codes, values) in slices.items()
        },
        "over_baselines": {
            name: gain_of(metric, ours, replicate(metric, tested.outcomes, theirs, tested.groups), tested.confidence)
            for name, theirs in baselines.items()
        },
    }


def _intervals(tested: Tested, names: Sequence[str], rows: Any) -> dict[str, list[float] | None]:
    return {
        name: as_list(interval_of(_replicate(tested, name, rows), tested.confidence, METRICS[name])) for name in names
    }


def _replicate(tested: Tested, name: str, rows: Any = ALL) -> Replicates:
    return replicate(METRICS[name], tested.outcomes[rows], tested.scores[rows], tested.groups[rows])


def _of_slice(tested: Tested, rows: NDArray[np.bool_], names: Sequence[str]) -> dict[str, list[float] | None] | None:
    """Return the intervals of a slice; None if it has too few rows to say anything."""
    too_few = is_too_few(tested.task, tested.outcomes[rows], tested.groups[rows])
    return None if too_few else _intervals(tested, names, rows)


def thresholds(tested: Tested, costs: Costs) -> dict[str, Any]:
    """Return what thresholds do, of a binary model; nothing of another."""
    if tested.task != BINARY:
        return {}
    found = threshold_table(tested.outcomes.astype(np.bool_), tested.scores, tested.groups, costs, tested.confidence)
    return {"thresholds": found}


def fairness(tested: Tested, columns: Mapping[str, Groups], threshold: float = EVEN) -> dict[str, Any]:
    """Return for each declared column how the model treats each of its groups; nothing where none is declared.

    Of a binary model, by the threshold: the share of alarms, the share of events found (recall) and of other rows that
    are alarms. Groups with too few rows have None in place of numbers.
    """
    if not columns:
        return {}
    tables = {
        column: [_group(tested, codes == code, value, threshold) for code, value in enumerate(values)]
        for column, (codes, values) in columns.items()
    }
    return {"fairness": {**({"threshold": threshold} if tested.task == BINARY else {}), "columns": tables}}


def _group(tested: Tested, rows: NDArray[np.bool_], value: str, threshold: float) -> dict[str, Any]:
    outcomes, scores, groups = tested.outcomes[rows], tested.scores[rows], tested.groups[rows]
    line: dict[str, Any] = {"value": value, "rows": len(outcomes)}
    if is_too_few(tested.task, outcomes, groups):
        return {**line, "measures": None}
    by_group = np.unique(groups, return_inverse=True)[1]
    found = {
        name: _share(chosen, of, by_group, tested.confidence)
        for name, (chosen, of) in _measures(tested.task, outcomes, scores.astype(np.float64), threshold).items()
    }
    found[tested.metric] = _measure(_replicate(tested, tested.metric, rows), tested.confidence)
    return {**line, "measures": found}


def _measures(
    task: str, outcomes: Outcomes, scores: NDArray[np.float64], threshold: float
) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Return by name what is added up over the rows, and what it is divided by."""
    every = np.ones(len(outcomes))
    if task == MULTICLASS:
        return {"accuracy": ((scores.argmax(axis=1) == outcomes).astype(np.float64), every)}
    if task != BINARY:
        return {"mean outcome": (outcomes, every), "mean error": (scores - outcomes, every)}
    alarms = (scores >= threshold).astype(np.float64)
    return {
        "share of the event": (outcomes.astype(np.float64), every),
        "mean score": (scores, every),
        "share of alarms": (alarms, every),
        "recall": (alarms * outcomes, outcomes.astype(np.float64)),
        "false alarm rate": (alarms * (1 - outcomes), 1.0 - outcomes),
    }


def _share(chosen: NDArray[Any], of: NDArray[Any], groups: Clusters, confidence: float) -> dict[str, Any]:
    sums = np.stack([np.bincount(groups, each).astype(np.float64) for each in (chosen, of)], axis=1)
    return _measure(replicate_sums(sums, lambda found: np.asarray(found[0] / found[1])), confidence)


def _measure(replicates: Replicates, confidence: float) -> dict[str, Any]:
    value = float(replicates[0])
    return {"value": None if np.isnan(value) else value, "interval": as_list(interval_of(replicates, confidence))}


def explanation(
    score: Callable[[Matrix], NDArray[Any]], matrix: Matrix, features: Sequence[Feature], tested: Tested
) -> dict[str, Any]:
    """Return how much each feature counts, and the curves of those that count most, from a sample of the test part."""
    sample = spread(len(matrix), sample_size(len(features)))
    rows, outcomes, groups = matrix[sample], tested.outcomes[sample], tested.groups[sample]
    metric, confidence = METRICS[tested.metric], tested.confidence
    counted = permutation_importance(score, rows, outcomes, metric, features, groups, confidence, tested.seed)
    places = {feature.name: place for place, feature in enumerate(features)}
    first = [places[each["feature"]] for each in counted[:CURVES]]
    return {
        "importance": {"metric": tested.metric, "rows": len(sample), "features": counted},
        "partial_dependence": [partial_dependence(score, rows, features[place], place) for place in first],
    }
