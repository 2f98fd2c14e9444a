"""The model behind ONNX Runtime: the same probabilities as the library that trained it, and clear errors."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import encode
from learning.fitting import TrainingRows
from learning.scoring import Scorer


@pytest.fixture(scope="module")
def scorer(model: Path) -> Scorer:
    return Scorer.load(model)


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Path:
    """A copy of the model, to be broken."""
    return shutil.copytree(model, tmp_path / "model")


def test_the_probabilities_are_those_of_the_native_model(
    scorer: Scorer, columns: dict[str, NDArray[Any]], model: Path
) -> None:
    import lightgbm  # here: not every process that reads this file needs it, and it takes long

    native = lightgbm.Booster(model_file=model / "model.txt").predict(encode(columns, scorer.features))
    probabilities = scorer.predict(columns)
    assert probabilities.dtype == np.dtype(np.float32)
    assert probabilities.shape == columns["good"].shape
    np.testing.assert_allclose(probabilities, native, atol=1e-5)


def test_a_row_scores_alone_as_it_does_among_others(scorer: Scorer, columns: dict[str, NDArray[Any]]) -> None:
    alone = [scorer.predict({name: values[i : i + 1] for name, values in columns.items()})[0] for i in range(20)]
    np.testing.assert_array_equal(alone, scorer.predict(columns)[:20])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_threads_that_score_a_row_each_do_not_mix_them_up(
    folders: dict[str, Path], tables: dict[str, TrainingRows], task: str
) -> None:
    scorer, matrix = Scorer.load(folders[task]), tables[task].matrix[:400]
    with ThreadPoolExecutor(4) as threads:
        alone = list(threads.map(scorer.score_one, matrix.tolist()))
    np.testing.assert_array_equal(np.concatenate(alone), scorer.score(matrix))


def test_a_missing_column_is_named(scorer: Scorer, columns: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(InputError, match="column colour is missing"):
        scorer.predict({name: values for name, values in columns.items() if name != "colour"})


@pytest.mark.parametrize(
    ("task", "shape", "kind"),
    [("binary", (3000,), np.float32), ("multiclass", (3000, 3), np.float32), ("regression", (3000,), np.float64)],
)
def test_the_scores_of_each_task_have_its_shape(
    folders: dict[str, Path], columns: dict[str, NDArray[Any]], task: str, shape: tuple[int, ...], kind: type
) -> None:
    scorer = Scorer.load(folders[task])
    scores = scorer.predict(columns)
    assert (scorer.task, scorer.keys, scores.shape) == (task, ("size",), shape)
    assert scores.dtype == kind
    assert scorer.classes == (("bad", "fair", "good") if task == "multiclass" else ())


def test_a_model_that_says_no_task_is_binary(broken: Path, columns: dict[str, NDArray[Any]]) -> None:
    path = broken / "features.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({"features": document["features"]}))
    scorer = Scorer.load(broken)
    assert (scorer.task, scorer.keys, scorer.predict(columns).shape) == ("binary", None, (3000,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "ranking"}, "task 'ranking' and 0 classes"),
        ({"task": "multiclass"}, "task 'multiclass' and 0 classes"),
        ({"task": "binary", "classes": ["a", "b"]}, "task 'binary' and 2 classes"),
        ({"task": "regression"}, "is inconsistent: probability of a regression task"),
    ],
)
def test_a_task_that_is_not_the_models_is_refused(broken: Path, change: dict[str, Any], message: str) -> None:
    path = broken / "features.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=message):
        Scorer.load(broken)


@pytest.mark.parametrize("name", ["model.onnx", "features.json"])
def test_a_missing_file_of_the_model_is_named(broken: Path, name: str) -> None:
    (broken / name).unlink()
    with pytest.raises(InputError, match=rf"{name} does not exist"):
        Scorer.load(broken)


def test_a_truncated_model_is_refused_by_name(broken: Path) -> None:
    path = broken / "model.onnx"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"model\.onnx cannot be read as an ONNX model"):
        Scorer.load(broken)


def test_features_that_belong_to_another_model_are_refused(broken: Path) -> None:
    path = broken / "features.json"
    features = json.loads(path.read_text())["features"]
    path.write_text(json.dumps({"features": features[1:]}))
    message = f"is incomplete: {len(features)} inputs, {len(features) - 1} features"
    with pytest.raises(InputError, match=message):
        Scorer.load(broken)
