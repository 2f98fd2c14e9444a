from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from flights.errors import InputError
from flights.features import Feature, Matrix, encode, fit_features
from flights.files import read_columns
from flights.metrics import METRICS
from flights.models import INPUT_NAME, MODELS, OUTPUT_NAME, FittedModel, Settings, Target
from flights.schema import FEATURES, TARGET

SETTINGS = Settings(seed=1, trees=20, leaves=15, learning_rate=0.1, min_rows_per_leaf=20, threads=1)
Rows = tuple[Matrix, Target, tuple[Feature, ...]]
every_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def rows(prepared: Path) -> Rows:
    columns = read_columns(prepared / "train.parquet", [*FEATURES, TARGET])
    features = fit_features(columns, FEATURES)
    return encode(columns, features), columns[TARGET], features


def served(model: FittedModel, matrix: Matrix) -> Matrix:
    session = onnxruntime.InferenceSession(model.onnx, providers=["CPUExecutionProvider"])
    probabilities: Matrix = session.run([OUTPUT_NAME], {INPUT_NAME: matrix})[0]
    return probabilities


@every_model
def test_a_model_learns(rows: Rows, name: str) -> None:
    matrix, late, features = rows
    probabilities = MODELS[name](matrix, late, features, SETTINGS).probabilities(matrix)
    assert probabilities.shape == late.shape
    assert METRICS["roc_auc"](late, probabilities) > 0.7
    assert probabilities.mean() == pytest.approx(late.mean(), abs=0.01)


@every_model
def test_the_onnx_model_has_one_input_and_one_probability_a_row(rows: Rows, name: str) -> None:
    graph = onnx.load_model_from_string(MODELS[name](*rows, SETTINGS).onnx).graph
    assert [value.name for value in graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.output] == [OUTPUT_NAME]
    assert graph.input[0].type.tensor_type.shape.dim[1].dim_value == len(rows[2])


@every_model
def test_more_threads_make_the_same_model_to_the_byte(rows: Rows, name: str) -> None:
    one, two = (MODELS[name](*rows, replace(SETTINGS, threads=threads)) for threads in (1, 2))
    assert one.native == two.native
    assert one.onnx == two.onnx


@every_model
@pytest.mark.parametrize("odd", [np.nan, -1, 0, np.inf, 1e30], ids=["missing", "unknown", "zero", "infinite", "huge"])
def test_native_and_onnx_agree_on_odd_values_too(rows: Rows, name: str, odd: float) -> None:
    matrix = rows[0][::10].copy()
    model = MODELS[name](*rows, SETTINGS)
    for column in range(matrix.shape[1]):
        matrix[column :: matrix.shape[1], column] = odd
    np.testing.assert_allclose(served(model, matrix), model.probabilities(matrix), atol=1e-6)


@every_model
def test_the_same_rows_and_settings_give_the_same_bytes(rows: Rows, name: str) -> None:
    first, second = (MODELS[name](*rows, SETTINGS) for _ in range(2))
    assert first.onnx == second.onnx
    assert first.native == second.native


def test_lightgbm_names_settings_it_refuses(rows: Rows) -> None:
    with pytest.raises(InputError, match=r"LightGBM refuses these settings: .*num_leaves"):
        MODELS["lightgbm"](*rows, Settings(1, 20, 1, 0.1, 20, 1))
