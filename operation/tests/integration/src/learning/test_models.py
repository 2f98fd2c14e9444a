"""Every model of the table learns every task, and its ONNX form is the model that was trained."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from learning.errors import InputError
from learning.features import Feature, Matrix
from learning.fitting import FittedModel, Settings, TrainingRows, split_validation
from learning.lightgbm_trees import _round_down
from learning.metrics import METRICS
from learning.models import MODELS
from learning.onnx_graphs import INPUT_NAME
from learning.tasks import TASKS

Tables = dict[str, TrainingRows]
Fit = Callable[..., FittedModel]
TREES = [name for name in MODELS if name != "linear"]
REGULARIZED: dict[str, Any] = {"feature_fraction": 0.5, "bagging_fraction": 0.5, "l2": 50.0, "early_stopping_rounds": 3}
WITHOUT = {
    "lightgbm": (),
    "hist_gradient_boosting": ("bagging_fraction",),
    "linear": ("feature_fraction", "bagging_fraction", "early_stopping_rounds"),
}
LEAST = {"binary": ("roc_auc", 0.7), "multiclass": ("accuracy", 0.5), "regression": ("r2", 0.9)}
every_model = pytest.mark.parametrize("name", MODELS)
every_task = pytest.mark.parametrize("task", TASKS)


@lru_cache(maxsize=4)
def load(onnx: bytes) -> Any:
    import onnxruntime  # here: not every process that reads this file needs it, and it takes long

    return onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])


def served(model: FittedModel, matrix: Matrix) -> Matrix:
    scores: Matrix = load(model.onnx).run(None, {INPUT_NAME: matrix})[0]
    return scores


def assert_agreement(model: FittedModel, matrix: Matrix, rows: TrainingRows) -> None:
    unit = rows.outcomes.std() if rows.task == "regression" else 1
    np.testing.assert_allclose(served(model, matrix) / unit, model.predict(matrix) / unit, rtol=0, atol=2e-6)


@every_task
@every_model
def test_a_model_learns(tables: Tables, fit: Fit, name: str, task: str) -> None:
    rows = tables[task]
    scores = fit(name, task).predict(rows.matrix)
    metric, least = LEAST[task]
    assert scores.shape == ((len(rows.matrix), 3) if task == "multiclass" else (len(rows.matrix),))
    assert METRICS[metric](rows.outcomes, scores) > least
    if task == "multiclass":
        np.testing.assert_allclose(scores.sum(axis=1), 1)
        np.testing.assert_allclose(scores.mean(axis=0), np.bincount(rows.outcomes) / len(rows.outcomes), atol=0.02)
    else:
        spread = rows.outcomes.std()
        assert scores.mean() / spread == pytest.approx(rows.outcomes.mean() / spread, abs=0.03)


@every_task
@every_model
def test_the_onnx_model_has_one_input_and_the_one_output_of_the_task(
    tables: Tables, fit: Fit, name: str, task: str
) -> None:
    import onnx  # here: not every process that reads this file needs it, and it takes long

    graph = onnx.load_model_from_string(fit(name, task).onnx).graph
    assert [value.name for value in graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.output] == [TASKS[task].output]
    assert graph.input[0].type.tensor_type.shape.dim[1].dim_value == len(tables[task].features)


@every_model
def test_two_classes_are_learned_as_several_are(tables: Tables, settings: Settings, name: str) -> None:
    of_three = tables["multiclass"]
    both = of_three.select(of_three.outcomes > 0)
    rows = replace(both, outcomes=both.outcomes - 1, classes=of_three.classes[1:])
    model = MODELS[name](rows, settings)
    assert model.predict(rows.matrix).shape == (len(rows.matrix), 2)
    assert METRICS["accuracy"](rows.outcomes, model.predict(rows.matrix)) > 0.7
    assert_agreement(model, rows.matrix, rows)


@every_task
@every_model
def test_native_and_onnx_agree_on_odd_values_too(tables: Tables, fit: Fit, name: str, task: str) -> None:
    rows, model = tables[task], fit(name, task)
    for odd in (np.nan, -1, 0, np.inf, -np.inf, 1e30):
        matrix = rows.matrix[::10].copy()
        for column in range(matrix.shape[1]):
            matrix[column :: matrix.shape[1], column] = odd
        assert_agreement(model, matrix, rows)


@every_task
@pytest.mark.parametrize("name", TREES)
def test_native_and_onnx_agree_below_on_and_above_every_threshold(
    tables: Tables, fit: Fit, name: str, task: str
) -> None:
    rows = tables[task]
    model = fit(name, task, trees=60) if task == "binary" else fit(name, task)
    assert {0, 1} <= set(model.thresholds)
    for column, thresholds in model.thresholds.items():
        nearest = thresholds.astype(np.float32)
        for values in (nearest, *(np.nextafter(nearest, np.float32(side)) for side in (-np.inf, np.inf))):
            matrix = np.resize(rows.matrix, (len(nearest), rows.matrix.shape[1]))
            matrix[:, column] = values
            assert_agreement(model, matrix, rows)


def test_a_threshold_is_rounded_to_the_float32_that_keeps_every_float32_on_its_side() -> None:
    values = np.array([0.1, -0.1, 0.5, 1e-35, 3.4e38, 16777217.0])
    rounded = _round_down(values)
    assert (rounded == rounded.astype(np.float32)).all()
    assert (rounded <= values).all()
    assert (np.nextafter(rounded.astype(np.float32), np.float32(np.inf)) > values).all()


@every_task
@every_model
def test_the_same_rows_and_settings_give_the_same_bytes_whatever_the_threads(
    tables: Tables, settings: Settings, name: str, task: str
) -> None:
    first, second = (MODELS[name](tables[task], replace(settings, trees=5, threads=threads)) for threads in (1, 2))
    assert first.onnx == second.onnx
    assert first.native == second.native


@every_model
@pytest.mark.parametrize("setting", REGULARIZED)
def test_a_setting_changes_the_model_or_is_refused_by_name(
    rows: TrainingRows, fit: Fit, name: str, setting: str
) -> None:
    changed = {setting: REGULARIZED[setting]}
    if setting in WITHOUT[name]:
        with pytest.raises(InputError, match=rf"^{name} has no {setting}: set it to "):
            fit(name, "binary", **changed)
    else:
        model, plain = fit(name, "binary", **changed), fit(name, "binary")
        assert (model.predict(rows.matrix) != plain.predict(rows.matrix)).any()


@every_task
@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("held_back", ["last", "random"])
def test_early_stopping_keeps_the_trees_up_to_the_best_and_says_how_many(
    tables: Tables, settings: Settings, name: str, held_back: str, task: str
) -> None:
    settings = replace(settings, learning_rate=0.3)  # so that few trees are the best
    stopping = replace(settings, trees=400, early_stopping_rounds=5, validation_share=0.3, validation_rows=held_back)
    rows = tables[task]
    model = MODELS[name](rows, stopping)
    assert_agreement(model, rows.matrix, rows)
    learned, watched = split_validation(rows, stopping)
    assert watched is not None
    best, metric = model.facts["trees"], METRICS["rmse" if task == "regression" else "log_loss"]
    losses = {}
    for trees in (best - 4, best, best + 4):
        fitted = MODELS[name](learned, replace(settings, trees=trees))
        losses[trees] = metric(watched.outcomes, fitted.predict(watched.matrix))
    assert min(losses, key=lambda trees: losses[trees]) == best
    assert metric(watched.outcomes, model.predict(watched.matrix)) == pytest.approx(losses[best])


@pytest.mark.parametrize("name", TREES)
def test_rows_held_back_with_an_outcome_of_their_own_are_refused(
    rows: TrainingRows, settings: Settings, name: str
) -> None:
    ordered = rows.select(np.argsort(rows.outcomes))
    with pytest.raises(InputError, match=r"validation_share 0\.9 hold an outcome that the others lack"):
        MODELS[name](ordered, replace(settings, early_stopping_rounds=5, validation_share=0.9))


@every_model
def test_columns_that_say_nothing_are_no_failure(rows: TrainingRows, settings: Settings, name: str) -> None:
    matrix = rows.matrix[:300].copy()
    matrix[:, 0], matrix[:, 1] = np.nan, 7
    useless = replace(rows, matrix=matrix, outcomes=rows.outcomes[:300])
    assert_agreement(MODELS[name](useless, settings), rows.matrix, rows)


@every_model
def test_any_name_of_a_feature_will_do_and_no_two_are_one(
    rows: TrainingRows, settings: Settings, fit: Fit, name: str
) -> None:
    odd = ["income[USD]", "a b", "a_b"]
    named = [Feature(each, feature.kind, feature.categories) for each, feature in zip(odd, rows.features, strict=True)]
    model = MODELS[name](replace(rows, features=named, event="probabilities"), settings)
    np.testing.assert_array_equal(model.predict(rows.matrix), fit(name, "binary").predict(rows.matrix))
    assert_agreement(model, rows.matrix, rows)


@pytest.mark.parametrize("name", ['a:b{"c"},d', "Größe", "100 %", "\n"])
def test_lightgbm_takes_every_name(rows: TrainingRows, settings: Settings, name: str) -> None:
    named = [Feature(name, feature.kind, feature.categories) for feature in rows.features[:1]]
    MODELS["lightgbm"](replace(rows, matrix=rows.matrix[:, :1], features=named), settings)


def test_lightgbm_names_settings_it_refuses(rows: TrainingRows, settings: Settings) -> None:
    with pytest.raises(InputError, match=r"LightGBM refuses these settings: .*num_leaves"):
        MODELS["lightgbm"](rows, replace(settings, leaves=1))
