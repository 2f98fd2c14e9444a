"""explain.py on a small sample: rows of every kind, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import explain
from learning import importance
from learning.features import encode
from learning.files import read_columns, read_json, write_json
from learning.scoring import Scorer


@pytest.fixture(scope="module")
def background(prepared: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    scorer, file = Scorer.load(model), tmp_path_factory.mktemp("background") / "background.json"
    matrix = encode(read_columns(prepared / "test.parquet", scorer.columns), scorer.features)
    write_json(file, importance.background(matrix))
    return file


@pytest.fixture(scope="module")
def few(prepared: Path) -> pa.Table:
    return pq.read_table(prepared / "test.parquet").slice(100, 3)


def write(table: pa.Table, file: Path) -> Path:
    if file.suffix == ".parquet":
        pq.write_table(table, file)
    elif file.suffix == ".csv":
        pa.csv.write_csv(table, file)
    else:
        columns = [name for name in table.column_names if name not in ("sent_at", "sent_date")]
        file.write_text(json.dumps({"data": table.select(columns).to_pylist()}), encoding="utf-8")
    return file


def explained(rows: Path, model: Path, background: Path, *more: str) -> int:
    given = ["--rows", rows, "--model", model, "--background", background, "--output", rows.parent / "out"]
    return explain.main([*map(str, given), *more])


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_rows_of_every_kind_are_explained_by_all_features_in_order_of_what_they_move(
    kind: str, few: pa.Table, model: Path, background: Path, tmp_path: Path
) -> None:
    assert explained(write(few, tmp_path / f"rows.{kind}"), model, background) == 0
    rows: list[dict[str, Any]] = read_json(tmp_path / "out" / "explanations.json")["rows"]
    scores = Scorer.load(model).predict({name: few[name].to_pylist() for name in few.column_names})
    assert [row["prediction"] for row in rows] == pytest.approx(scores.tolist())
    for row, parcel in zip(rows, few["parcel"].to_pylist(), strict=True):
        moves = [each["contribution"] for each in row["contributions"]]
        assert sum(moves) == pytest.approx(row["prediction"] - row["average"], abs=1e-6)
        assert moves == sorted(moves, key=abs, reverse=True)
        assert row["keys"]["parcel"] == str(parcel)


def test_a_quote_that_is_never_closed_hides_no_rows(
    few: pa.Table, model: Path, background: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, plain = tmp_path / "rows.csv", pa.csv.WriteOptions(quoting_style="none")
    pa.csv.write_csv(pa.concat_tables([few] * 8000), file, plain)  # more than a block of Arrow's
    head, first, rest = file.read_text(encoding="utf-8").split("\n", 2)
    file.write_text(f'{head}\n{first}\n"{rest}', encoding="utf-8")
    assert explained(file, model, background) == 1
    assert "rows.csv cannot be read" in capsys.readouterr().err


def test_a_quote_that_is_never_closed_makes_no_text_of_the_rows_behind_it(
    few: pa.Table, model: Path, background: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, plain = tmp_path / "rows.csv", pa.csv.WriteOptions(quoting_style="none")
    pa.csv.write_csv(few.append_column("note", pa.array(["x"] * len(few))), file, plain)
    file.write_text(file.read_text(encoding="utf-8").replace(",x\n", ',"x\n', 1), encoding="utf-8")
    assert explained(file, model, background) == 1
    assert "rows.csv has a quote that is never closed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda table: table.drop_columns("rain"), [], "rows.parquet lacks the column rain; it has "),
        (lambda table: table, ["--most", "2"], "rows.parquet has 3 rows, and each gets a plot: give 1 to 2"),
        (lambda table: table.slice(0, 0), [], "rows.parquet has 0 rows"),
    ],
    ids=["a column", "too many", "none"],
)
def test_rows_that_cannot_be_explained_are_one_line(
    change: Any,
    more: list[str],
    message: str,
    few: pa.Table,
    model: Path,
    background: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert explained(write(change(few), tmp_path / "rows.parquet"), model, background, *more) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"rows": [[1, 2]]}', "has rows of another model, whose features are not 7"),
        ("{}", "is not what evaluate.py writes"),
    ],
)
def test_another_background_is_refused(
    text: str, message: str, few: pa.Table, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "background.json").write_text(text, encoding="utf-8")
    assert explained(write(few, tmp_path / "rows.parquet"), model, tmp_path / "background.json") == 1
    assert message in capsys.readouterr().err


def test_a_row_of_json_that_lacks_a_feature_is_named(
    model: Path, background: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.json").write_text('[{"courier": "Ant"}]', encoding="utf-8")
    assert explained(tmp_path / "rows.json", model, background) == 1
    assert "row 0 lacks town, distance, weight, hour, temp, rain" in capsys.readouterr().err
