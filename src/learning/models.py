"""The models that `train.py --model` can fit. A new one is one function and one line in `MODELS`.

Whatever the model, its ONNX form has the same interface, on which evaluation, batch scoring and serving rely:
one input `INPUT_NAME`, float32 (rows, features) as `features.encode` gives it, and
one output `OUTPUT_NAME`, float32 (rows,), the probability of the event, that is of the label 1.

The libraries are imported by the function that needs them: serving imports this module, and LightGBM costs seconds.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Feature, Matrix
from learning.files import first_line

INPUT_NAME = "input"
OUTPUT_NAME = "probability"
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
    """`native` is the text that its own library reads; `probabilities` scores (rows, features) into (rows,)."""

    native: str
    onnx: bytes
    probabilities: Callable[[Matrix], NDArray[np.float64]]


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

    onnx = _lightgbm_onnx(booster, len(names), rows.event)
    return FittedModel(_without_threads(booster.model_to_string()), onnx, probabilities)


MODELS: dict[str, Callable[[TrainingRows, Settings], FittedModel]] = {
    "lightgbm": fit_lightgbm,
}


def _without_threads(native: str) -> str:
    """The same model has the same bytes, however many cores the machine had that fitted it."""
    return re.sub(r"^\[num_threads: \d+\]\n", "", native, flags=re.MULTILINE)


def _lightgbm_onnx(booster: Any, width: int, event: str) -> bytes:
    from onnxmltools.convert.common.data_types import FloatTensorType
    from onnxmltools.convert.lightgbm.convert import convert

    input_type = FloatTensorType([None, width])
    model = convert(booster, name=event, initial_types=[(INPUT_NAME, input_type)], zipmap=False)
    return _only_positive_probability(model, event)


def _only_positive_probability(model: Any, event: str) -> bytes:
    """The classifier's outputs, a label and (rows, 2) probabilities, replaced by the second probability alone."""
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
