from dataclasses import replace

import numpy as np
import pytest

from learning.errors import InputError
from learning.features import Matrix
from learning.metrics import METRICS
from learning.models import INPUT_NAME, MODELS, OUTPUT_NAME, FittedModel, Settings, TrainingRows, _round_down

every_model = pytest.mark.parametrize("name", MODELS)


def served(model: FittedModel, matrix: Matrix) -> Matrix:
    import onnxruntime  # here: not every process that reads this file needs it, and it takes long

    session = onnxruntime.InferenceSession(model.onnx, providers=["CPUExecutionProvider"])
    probabilities: Matrix = session.run([OUTPUT_NAME], {INPUT_NAME: matrix})[0]
    return probabilities


@every_model
def test_a_model_learns(rows: TrainingRows, settings: Settings, name: str) -> None:
    probabilities = MODELS[name](rows, settings).probabilities(rows.matrix)
    assert probabilities.shape == rows.labels.shape
    assert METRICS["roc_auc"](rows.labels, probabilities) > 0.7
    assert probabilities.mean() == pytest.approx(rows.labels.mean(), abs=0.01)


@every_model
def test_the_onnx_model_has_one_input_and_one_probability_a_row(
    rows: TrainingRows, settings: Settings, name: str
) -> None:
    import onnx  # here: not every process that reads this file needs it, and it takes long

    graph = onnx.load_model_from_string(MODELS[name](rows, settings).onnx).graph
    assert [value.name for value in graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.output] == [OUTPUT_NAME]
    assert graph.input[0].type.tensor_type.shape.dim[1].dim_value == len(rows.features)


@every_model
def test_more_threads_make_the_same_model_to_the_byte(rows: TrainingRows, settings: Settings, name: str) -> None:
    one, two = (MODELS[name](rows, replace(settings, trees=5, threads=threads)) for threads in (1, 2))
    assert one.native == two.native
    assert one.onnx == two.onnx


@every_model
@pytest.mark.parametrize("odd", [np.nan, -1, 0, np.inf, 1e30], ids=["missing", "unknown", "zero", "infinite", "huge"])
def test_native_and_onnx_agree_on_odd_values_too(rows: TrainingRows, settings: Settings, name: str, odd: float) -> None:
    matrix = rows.matrix[::10].copy()
    model = MODELS[name](rows, settings)
    for column in range(matrix.shape[1]):
        matrix[column :: matrix.shape[1], column] = odd
    np.testing.assert_allclose(served(model, matrix), model.probabilities(matrix), atol=1e-6)


@every_model
@pytest.mark.parametrize("side", [-np.inf, 0, np.inf], ids=["below", "on", "above"])
def test_native_and_onnx_agree_on_every_threshold(
    rows: TrainingRows, settings: Settings, name: str, side: float
) -> None:
    model = MODELS[name](rows, replace(settings, trees=100))
    assert set(model.thresholds) == {0, 1}
    for column, thresholds in model.thresholds.items():
        nearest = thresholds.astype(np.float32)
        matrix = np.resize(rows.matrix, (len(nearest), rows.matrix.shape[1]))
        matrix[:, column] = nearest if side == 0 else np.nextafter(nearest, np.float32(side))
        np.testing.assert_allclose(served(model, matrix), model.probabilities(matrix), atol=1e-6)


def test_a_threshold_is_rounded_to_the_float32_that_keeps_every_float32_on_its_side() -> None:
    values = np.array([0.1, -0.1, 0.5, 1e-35, 3.4e38, 16777217.0])
    rounded = _round_down(values)
    assert (rounded == rounded.astype(np.float32)).all()
    assert (rounded <= values).all()
    assert (np.nextafter(rounded.astype(np.float32), np.float32(np.inf)) > values).all()


@every_model
def test_the_same_rows_and_settings_give_the_same_bytes(rows: TrainingRows, settings: Settings, name: str) -> None:
    first, second = (MODELS[name](rows, settings) for _ in range(2))
    assert first.onnx == second.onnx
    assert first.native == second.native


def test_lightgbm_names_settings_it_refuses(rows: TrainingRows, settings: Settings) -> None:
    with pytest.raises(InputError, match=r"LightGBM refuses these settings: .*num_leaves"):
        MODELS["lightgbm"](rows, replace(settings, leaves=1))
