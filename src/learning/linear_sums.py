"""What a linear model computes, as arrays, as text and as an ONNX graph; `learning.linear` finds its weights.

A score is a sum: of standardized numbers by their weights, of what a missing number adds, and of a weight a category.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.features import UNKNOWN_CATEGORY, Feature, Matrix
from learning.fitting import TrainingRows
from learning.onnx_graphs import INPUT_NAME, build_model
from learning.tasks import BINARY, MULTICLASS, REGRESSION

Floats = NDArray[np.float64]
FARTHEST = np.float32(5)  # standard deviations from the mean; a wild value counts as much as that, infinity too


@dataclass(frozen=True)
class Inputs:
    """How the encoded matrix becomes columns: `means` and `spreads` are of the numbers, in float32 as ONNX has them."""

    features: Sequence[Feature]
    means: Matrix
    spreads: Matrix

    @cached_property
    def numbers(self) -> list[int]:
        """The positions of the numbers in the matrix."""
        return [position for position, feature in enumerate(self.features) if feature.kind == "number"]

    @cached_property
    def categories(self) -> list[int]:
        """The positions of the categories."""
        return [position for position, feature in enumerate(self.features) if feature.kind == "category"]

    @cached_property
    def fill(self) -> Matrix:
        """What stands for a missing value, (features,): the mean, which is 0 once standardized, or no category."""
        fill = np.full(len(self.features), UNKNOWN_CATEGORY, dtype=np.float32)
        fill[self.numbers] = self.means
        return fill

    def standardize(self, matrix: Matrix) -> tuple[Matrix, Matrix, list[NDArray[np.intp]]]:
        """Return the numbers, which of them are missing, and for each category the row of its table of weights."""
        missing = np.isnan(matrix)
        filled = np.where(missing, self.fill, matrix)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too far away is clipped
            numbers = np.clip((filled[:, self.numbers] - self.means) / self.spreads, -FARTHEST, FARTHEST)
        tables = [
            np.clip(filled[:, position], -1, len(self.features[position].categories) - 1).astype(np.intp) + 1
            for position in self.categories
        ]
        return numbers, missing[:, self.numbers].astype(np.float32), tables


@dataclass(frozen=True)
class Weights:
    """What a row's scores are the sum of: `numbers` and `missing` are (numbers, width), `intercept` (width,).

    `tables` has for each category an array (categories + 1, width), whose first row is that of an unknown one.
    """

    numbers: Floats
    missing: Floats
    tables: Sequence[Floats]
    intercept: Floats


def add_up(inputs: Inputs, weights: Weights, matrix: Matrix) -> Floats:
    """Return the scores (rows, width) before the link function."""
    numbers, missing, tables = inputs.standardize(matrix)
    scores: Floats = numbers @ weights.numbers + missing @ weights.missing + weights.intercept
    for table, rows_of_table in zip(weights.tables, tables, strict=True):
        scores = scores + table[rows_of_table]
    return scores


def _probability(scores: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(scores[:, 0], -500, 500)))


def _probabilities(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _number(scores: Floats) -> Floats:
    return scores[:, 0]


LINKS: dict[str, Callable[[Floats], Floats]] = {
    BINARY: _probability,
    MULTICLASS: _probabilities,
    REGRESSION: _number,
}


def to_text(inputs: Inputs, weights: Weights) -> str:
    """Write the model as JSON: of each feature, what is subtracted, what divides, and the weights of every score."""
    written: dict[str, Any] = {}
    for place, position in enumerate(inputs.numbers):
        written[inputs.features[position].name] = {
            "mean": float(inputs.means[place]),
            "standard_deviation": float(inputs.spreads[place]),
            "weights": weights.numbers[place].tolist(),
            "weights_where_missing": weights.missing[place].tolist(),
        }
    for place, position in enumerate(inputs.categories):
        feature = inputs.features[position]
        unknown, *known = weights.tables[place].tolist()
        by_category = dict(zip(feature.categories, known, strict=True))
        written[feature.name] = {"weights_where_unknown": unknown, "weights": by_category}
    return json.dumps({"intercept": weights.intercept.tolist(), "features": written}, indent=1) + "\n"


def to_onnx(inputs: Inputs, weights: Weights, rows: TrainingRows) -> Any:
    """Write the same sums as a graph: fill what is missing, standardize, and look each category's weights up."""
    graph = _Graph()
    missing = graph.add("IsNaN", INPUT_NAME)
    filled = graph.add("Where", missing, graph.constant(inputs.fill), INPUT_NAME)
    terms = [graph.constant(weights.intercept.astype(np.float32)[None, :])]
    if inputs.numbers:
        of_numbers = graph.constant(np.array(inputs.numbers, dtype=np.int64))
        numbers = graph.add("Gather", filled, of_numbers, axis=1)
        centred = graph.add("Sub", numbers, graph.constant(inputs.means))
        divided = graph.add("Div", centred, graph.constant(inputs.spreads))
        clipped = graph.add("Clip", divided, graph.constant(-FARTHEST), graph.constant(FARTHEST))
        lacking = graph.cast(graph.add("Gather", missing, of_numbers, axis=1), "FLOAT")
        for values, each in ((clipped, weights.numbers), (lacking, weights.missing)):
            terms.append(graph.add("MatMul", values, graph.constant(each.astype(np.float32))))
    for position, table in zip(inputs.categories, weights.tables, strict=True):
        code = graph.add("Gather", filled, graph.constant(np.int64(position)), axis=1)
        bounded = graph.add("Clip", code, graph.constant(np.float32(-1)), graph.constant(np.float32(len(table) - 2)))
        row = graph.add("Add", graph.cast(bounded, "INT64"), graph.constant(np.int64(1)))
        terms.append(graph.add("Gather", graph.constant(table.astype(np.float32)), row, axis=0))
    graph.add("Sum", *reversed(terms), name="scores")  # the first has the rows, whatever the features are
    return build_model(graph.nodes, rows, graph.constants)


class _Graph:
    """Nodes and constants of an ONNX graph, named as they come."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        from onnx import helper

        output = name or f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def cast(self, value: str, kind: str) -> str:
        """Add a change of type, to a name of onnx.TensorProto."""
        from onnx import TensorProto

        return self.add("Cast", value, to=getattr(TensorProto, kind))

    def constant(self, value: Any) -> str:
        """Add a constant; return its name."""
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name
