"""A registered model through MLflow itself: what its users get who load it, for each task."""

import json
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from learning.scoring import Scorer
from operation.execution.registration.mlflow_files import write_mlflow_files
from operation.tests.unit.src.learning.conftest import Columns

ROWS = 5


@pytest.fixture(scope="module")
def rows(columns: Columns) -> pd.DataFrame:
    """The first rows, among them one with a missing size and codes that are missing."""
    return pd.DataFrame({name: columns[name][:50] for name in ("size", "colour", "code")})


@pytest.fixture(scope="module")
def packages(folders: dict[str, Path], rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a version of each task, with golden rows."""
    made = {}
    golden = {"rows": json.loads(rows.to_json(orient="records")), "scores": []}
    for task, folder in folders.items():
        made[task] = shutil.copytree(folder, tmp_path_factory.mktemp("packages") / task)
        (made[task] / "golden_rows.json").write_text(json.dumps(golden), encoding="utf-8")
        write_mlflow_files(made[task], "a-run")
    return made


@pytest.fixture(scope="module")
def loaded(packages: dict[str, Path]) -> Iterator[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow warns of its own annotations when it is imported
        import mlflow.pyfunc

    paths = list(sys.path)  # to which MLflow adds each model's own copy of our code
    yield {task: mlflow.pyfunc.load_model(str(folder)) for task, folder in packages.items()}
    sys.path[:] = paths


OUTPUTS = {
    "binary": ["probability"],
    "multiclass": ["prediction", "probability_bad", "probability_fair", "probability_good"],
    "regression": ["prediction"],
}


@pytest.mark.parametrize("task", OUTPUTS)
def test_mlflow_scores_as_the_scorer_does(
    task: str, loaded: dict[str, Any], packages: dict[str, Path], rows: pd.DataFrame, columns: Columns
) -> None:
    found = loaded[task].predict(rows)
    assert [*found.columns] == OUTPUTS[task]
    expected = Scorer.load(packages[task]).predict({name: columns[name][:50] for name in rows})
    np.testing.assert_array_equal(found.select_dtypes("number").to_numpy().squeeze(), expected)


def test_the_prediction_of_classes_is_the_likeliest(loaded: dict[str, Any], rows: pd.DataFrame) -> None:
    found = loaded["multiclass"].predict(rows)
    likeliest = found[OUTPUTS["multiclass"][1:]].idxmax(axis=1).str.removeprefix("probability_")
    assert [*found["prediction"]] == [*likeliest]


@pytest.mark.parametrize("task", OUTPUTS)
def test_the_signature_names_what_goes_in_and_what_comes_out(task: str, loaded: dict[str, Any]) -> None:
    signature = loaded[task].metadata.signature
    assert signature.inputs.input_names() == ["size", "colour", "code"]
    assert signature.outputs.input_names() == OUTPUTS[task]


def test_the_example_can_be_scored(loaded: dict[str, Any]) -> None:
    example = loaded["binary"].input_example
    assert len(example) == ROWS
    assert loaded["binary"].predict(example)["probability"].between(0, 1).all()


def test_integers_pass_for_numbers_and_an_index_is_kept(loaded: dict[str, Any]) -> None:
    rows = pd.DataFrame({"size": [3, 7], "colour": ["red", None], "code": [1, 12]}, index=["a", "b"])
    assert [*loaded["regression"].predict(rows).index] == ["a", "b"]


@pytest.mark.parametrize("task", OUTPUTS)
def test_no_rows_have_no_scores(task: str, loaded: dict[str, Any], rows: pd.DataFrame) -> None:
    found = loaded[task].predict(rows[:0])
    assert (len(found), [*found.columns]) == (0, OUTPUTS[task])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": ["12"]}, "column size must hold a number in every row, not '12'"),
        ({"size": [1e39]}, "column size must hold numbers that float32 holds"),
        ({"size": [float("-inf")]}, "column size must hold numbers that float32 holds"),
        ({"colour": [3.5]}, "colour"),
        ({"code": None}, "code"),
    ],
    ids=["text for a number", "beyond float32", "infinity", "a number for text", "a missing column"],
)
def test_wrong_values_are_refused_by_name(change: dict[str, Any], message: str, loaded: dict[str, Any]) -> None:
    values: dict[str, Any] = {"size": [1.0], "colour": ["red"], "code": [3], **change}
    rows = pd.DataFrame({name: value for name, value in values.items() if value is not None})
    with pytest.raises(Exception, match=message):
        loaded["binary"].predict(rows)


def test_params_are_refused(packages: dict[str, Path], rows: pd.DataFrame) -> None:
    from learning.errors import InputError
    from learning.mlflow_model import _load_pyfunc

    with pytest.raises(InputError, match="params are not supported, and threshold was given"):
        _load_pyfunc(str(packages["binary"])).predict(rows, {"threshold": 0.5})


def test_the_files_pin_what_scoring_needs_and_no_more(packages: dict[str, Path]) -> None:
    pins = (packages["binary"] / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [pin.partition("==")[0] for pin in pins] == ["mlflow", "numpy", "onnxruntime", "pandas"]
    assert all(pin.partition("==")[2] for pin in pins)
    assert (packages["binary"] / "code" / "learning" / "scoring.py").is_file()
    assert not (packages["binary"] / "code" / "learning" / "plots.py").exists()


def test_a_model_without_golden_rows_has_no_example(folders: dict[str, Path], tmp_path: Path) -> None:
    package = shutil.copytree(folders["binary"], tmp_path / "package")
    write_mlflow_files(package, "a-run")
    assert not (package / "input_example.json").exists()
    assert "saved_input_example_info" not in (package / "MLmodel").read_text(encoding="utf-8")


@pytest.mark.parametrize("task", OUTPUTS)
def test_the_server_of_mlflow_answers_for_records(task: str, loaded: dict[str, Any]) -> None:
    from mlflow.pyfunc import scoring_server

    request = {"dataframe_records": [{"size": 1.5, "colour": "red", "code": None}]}
    schema = loaded[task].metadata.get_input_schema()
    answer = scoring_server.invocations(json.dumps(request), "application/json", loaded[task], schema)
    assert answer.status == 200, answer.response
    assert [*json.loads(answer.response)["predictions"][0]] == OUTPUTS[task]
