"""`invoke explain` before and after the script: which rows people have given, and the page with a plot for each."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.explanation.explain import Asked, explain
from operation.execution.explanation.page import main_reasons, write_explanations
from operation.execution.explanation.rows import find_rows
from operation.execution.json_files import write_json
from operation.tests.parcels import load

FEATURES = ["courier", "town", "distance", "weight", "hour", "temp", "rain"]
RAW = ["parcel", "sent_at", "courier", "town", "distance", "weight"]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return load(settings=[f"backend.outputs={tmp_path / 'outputs'}", "card.units={distance: km}"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    write_json(folder / "features.json", {"features": [{"name": name} for name in FEATURES]})
    return folder


def table(file: Path, columns: list[str]) -> Path:
    if file.suffix == ".parquet":
        pq.write_table(pa.table({name: [1] for name in columns}), file)
    elif file.suffix == ".csv":
        file.write_text(f"{','.join(columns)}\n{','.join('1' for _ in columns)}\n", encoding="utf-8")
    else:
        file.write_text(json.dumps({"data": [dict.fromkeys(columns, 1)]}), encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_rows_with_every_feature_are_prepared_ones(
    kind: str, configuration: Configuration, model: Path, tmp_path: Path
) -> None:
    given = table(tmp_path / f"rows.{kind}", ["anything", *FEATURES])
    assert find_rows(configuration, connect(configuration), given, model, tmp_path / "work") == given


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("rows.csv", FEATURES[:-1], r"rows.csv lacks the column rain, which the model needs; it has courier, "),
        ("rows.csv", RAW[:-1], r"rows.csv lacks the column weight, which the raw table parcels needs; it has parcel, "),
        ("rows.json", RAW, r"rows.json lacks the column hour, temp, rain, which the model needs"),
        ("rows.parquet", ["moon"], r"Give prepared rows with every feature, or raw rows of parcels or weather\."),
        ("rows.txt", FEATURES, r"rows.txt must be one of .parquet, .csv, .json, "),
    ],
    ids=["a feature", "a raw column", "json", "nothing known", "another kind"],
)
def test_rows_that_lack_a_column_are_compared_with_what_they_are_most_like(
    name: str, columns: list[str], message: str, configuration: Configuration, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(OperationError, match=message) as error:
        find_rows(configuration, connect(configuration), table(tmp_path / name, columns), model, tmp_path / "work")
    assert "\n" not in str(error.value)


def test_without_a_champion_the_first_command_is_named(configuration: Configuration) -> None:
    with pytest.raises(
        OperationError, match=r"There is no version of parcel-delays yet\. Make the first: invoke train$"
    ):
        explain(configuration, Asked())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(version=1, run="20261130-115105-041749"), "each name a model"),
        (Asked(rows="nowhere.csv"), "nowhere.csv: there is no such file"),
        (Asked(run="20261130-115105-041749"), "There is no run 20261130-115105-041749"),
    ],
)
def test_what_is_asked_for_and_not_there_is_one_line(asked: Asked, message: str, configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=message):
        explain(configuration, asked)


def test_a_run_of_another_use_case_is_named_with_it(configuration: Configuration) -> None:
    (configuration.common_outputs / "letters" / "runs" / "20261130-115105-041749").mkdir(parents=True)
    with pytest.raises(OperationError, match="is of the use case letters, not of parcels: --use-case letters"):
        explain(configuration, Asked(run="20261130-115105-041749"))


def document(task: str = "binary") -> dict[str, Any]:
    moves = [
        {"feature": f"f{each}", "value": "1", "contribution": 0.1 / (each + 1), "error": 0.0} for each in range(12)
    ]
    moves[0] |= {"feature": "distance", "value": "123.456789"}
    moves[1] |= {"feature": "<b>", "value": None, "contribution": -0.09}
    row = {"keys": {"parcel": "7"}, "prediction": 0.4, "average": 0.25, "contributions": moves}
    return {"task": task, "background_rows": 100, "rows": [row, {**row, "keys": {}, "class": "high"}]}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_row_has_a_plot_in_the_page_and_in_a_file_of_its_own(
    task: str, configuration: Configuration, tmp_path: Path
) -> None:
    write_explanations(configuration, tmp_path, "version 1", document(task))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert len(re.findall("<svg", page)) == 2
    assert "parcel 7" in page
    assert "<b>" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    text = "".join(ElementTree.fromstring((tmp_path / "row-1.svg").read_text(encoding="utf-8")).itertext())  # noqa: S314
    assert "distance = 123.5 km" in text
    assert "= missing" in text
    assert "2 other features" in text


def test_the_main_reasons_are_the_features_that_move_it_most() -> None:
    assert main_reasons(document()["rows"][0], 2) == "distance 123.5 (+0.1), <b> missing (-0.09)"
