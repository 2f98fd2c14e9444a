"""The models that `train.py --model` can fit. A new one is one function and one line in `MODELS`.

Whatever the model, its ONNX form has the same interface, on which evaluation, batch scoring and serving rely:
one input `INPUT_NAME`, float32 (rows, features) as `features.encode` gives it, and
one output `OUTPUT_NAME`, float32 (rows,), the probability of the event, that is of the label 1.

The libraries are imported by the function that needs them: serving imports this module, and LightGBM costs seconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Feature, Matrix
from learning.files import first_line

INPUT_NAME = "input"
OUTPUT_NAME = "probability"
LIGHTGBM_ZERO = np.float32(1e-35)  # it takes numbers up to this size for zero, and splits beside it
Labels = NDArray[np.int8]  # (rows,): 1 where the event happened, else 0


@dataclass(frozen=True)
class TrainingRows:
    """What a model learns from: the encoded `matrix` (rows, features) and the `labels` (rows,).

    `features` describe the columns of the matrix. `event` is the word for a label of 1, which the ONNX graph bears.
    """

    matrix: Matrix
    labels: Labels
    features: Sequence[Feature]
    event: str


@dataclass(frozen=True)
class Settings:
    """What the user may set. The same settings and rows give the same model, to the byte."""

    seed: int
    trees: int
    leaves: int
    learning_rate: float
    min_rows_per_leaf: int
    threads: int


@dataclass(frozen=True)
class FittedModel:
    """`native` is the text that its own library reads; `probabilities` scores (rows, features) into (rows,).

    `thresholds` are, by column of the matrix, the values at which a probability may jump, ascending: there a rounding
    error that changes nothing elsewhere sends a row to another leaf. A smooth model has none.
    """

    native: str
    onnx: bytes
    probabilities: Callable[[Matrix], NDArray[np.float64]]
    thresholds: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)


def fit_lightgbm(rows: TrainingRows, settings: Settings) -> FittedModel:
    """Gradient-boosted trees. Categories go in as ordered codes: set splits make the ONNX model 3 times as slow."""
    import lightgbm

    parameters = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.min_rows_per_leaf,
        "num_threads": settings.threads,
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,  # else LightGBM picks the faster layout by timing both, which is not deterministic
        "verbosity": -1,
    }
    names = [feature.name for feature in rows.features]
    data = lightgbm.Dataset(rows.matrix, rows.labels, feature_name=names)
    try:
        booster = lightgbm.train(parameters, data, num_boost_round=settings.trees)
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise InputError(f"LightGBM refuses these settings: {first_line(error)}") from error

    def probabilities(matrix: Matrix) -> NDArray[np.float64]:
        return np.asarray(booster.predict(matrix, num_threads=settings.threads), dtype=np.float64)

    native = booster.model_to_string()
    onnx = _lightgbm_onnx(lightgbm.Booster(model_str=_round_thresholds(native)), len(names), rows.event)
    return FittedModel(_without_threads(native), onnx, probabilities, _collect_thresholds(native))


MODELS: dict[str, Callable[[TrainingRows, Settings], FittedModel]] = {
    "lightgbm": fit_lightgbm,
}


def _without_threads(native: str) -> str:
    """The same model has the same bytes, however many cores the machine had that fitted it."""
    return re.sub(r"^\[num_threads: \d+\]\n", "", native, flags=re.MULTILINE)


def _round_thresholds(native: str) -> str:
    """Round each threshold down to a float32, which keeps the side of every float32 input: x <= t if and only if it is.

    ONNX holds thresholds as float32 and rounds them to the nearest one. Where that is above, a row between the two
    would go left in ONNX and right in LightGBM.
    """
    rounded = (
        f"threshold={' '.join(map(repr, _round_down(_values(line)).tolist()))}"
        if line.startswith("threshold=")
        else line
        for line in native.split("\n")
        if not line.startswith("tree_sizes=")  # of the text as it was; without it LightGBM finds the trees by itself
    )
    return "\n".join(rounded)


def _round_down(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest float32 that is not above each value.

    LightGBM takes the float32 -1e-35 for a zero, so that it is above a threshold of just that: there it is the next.
    """
    nearest = values.astype(np.float32)
    above = (nearest > values) | (nearest == -LIGHTGBM_ZERO)
    return np.where(above, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float64)


def _collect_thresholds(native: str) -> dict[int, NDArray[np.float64]]:
    """Collect the thresholds of all trees by the number of the feature."""
    lines = native.split("\n")
    features = [_values(line).astype(int) for line in lines if line.startswith("split_feature=")]
    thresholds = [_values(line) for line in lines if line.startswith("threshold=")]
    if not thresholds:
        return {}
    feature, threshold = np.concatenate(features), np.concatenate(thresholds)
    return {int(number): np.unique(threshold[feature == number]) for number in np.unique(feature)}


def _values(line: str) -> NDArray[np.float64]:
    return np.array(line.partition("=")[2].split(), dtype=np.float64)


def _lightgbm_onnx(booster: Any, width: int, event: str) -> bytes:
    from onnxmltools.convert.common.data_types import FloatTensorType
    from onnxmltools.convert.lightgbm.convert import convert

    input_type = FloatTensorType([None, width])
    model = convert(booster, name=event, initial_types=[(INPUT_NAME, input_type)], zipmap=False)
    return _only_positive_probability(model, event)


def _only_positive_probability(model: Any, event: str) -> bytes:
    """Replace the classifier's outputs, a label and (rows, 2) probabilities, by the second probability alone."""
    from onnx import TensorProto, helper

    graph = model.graph
    graph.initializer.append(helper.make_tensor(event, TensorProto.INT64, [], [1]))
    graph.node.append(helper.make_node("Gather", ["probabilities", event], [OUTPUT_NAME], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None]))
    # The converter takes the operator sets from a Python set, whose order changes from process to process.
    opsets = sorted(model.opset_import, key=lambda opset: str(opset.domain))
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    return bytes(model.SerializeToString(deterministic=True))
