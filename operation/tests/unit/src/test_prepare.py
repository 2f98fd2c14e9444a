import math
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from parcels.schema import FEATURES

import prepare
from learning.files import read_json
from learning.splitting import PART
from learning.use_cases import load

FILES = ["metrics.json", "sha256.json", "test.parquet", "train.parquet"]


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def test_the_output_is_two_parts_and_their_counts(prepared: Path) -> None:
    assert sorted(path.name for path in prepared.iterdir()) == FILES
    assert list(read_json(prepared / "metrics.json")) == ["split", "rows", "train", "test"]


def test_the_prepared_columns_have_the_types_agreed_on(prepared: Path) -> None:
    schema = pq.read_schema(prepared / "train.parquet")
    assert tuple(schema.names) == load("parcels").prepared_columns
    keys = {"sent_date": pa.date32(), "sent_at": pa.timestamp("us", tz="UTC"), "overdue": pa.int8()}
    for name, kind in keys.items():
        assert schema.field(name).type == kind
    numbers = {schema.field(name).type for name, kind in FEATURES.items() if kind == "number"}
    assert numbers == {pa.int64(), pa.float64()}


@pytest.fixture
def prepare_again(raw: Path, tmp_path: Path) -> Callable[..., Any]:
    """Prepare the sample with other words on the command line, and return what was counted."""

    def again(*words: str) -> Any:
        assert prepare.main(["--data", str(raw), "--output", str(tmp_path / "again"), *words]) == 0
        return read_json(tmp_path / "again" / "metrics.json")

    return again


def test_the_test_part_is_the_last_two_months_and_what_is_before_trains(prepared: Path) -> None:
    metrics = read_json(prepared / "metrics.json")
    assert (metrics["train"]["first_date"], metrics["train"]["last_date"]) == ("2013-01-01", "2013-10-31")
    assert (metrics["test"]["first_date"], metrics["test"]["last_date"]) == ("2013-11-01", "2013-12-31")
    assert metrics["train"]["rows"] + metrics["test"]["rows"] == metrics["rows"]["used"]
    assert metrics["split"] == {"by": "time", "columns": "sent_date", "test": "last 61 days"}


def test_the_counts_of_a_part_are_those_of_its_rows(prepared: Path) -> None:
    metrics = read_json(prepared / "metrics.json")
    for part in ("train", "test"):
        overdue = pq.read_table(prepared / f"{part}.parquet")["overdue"].to_pylist()
        assert (len(overdue), sum(overdue) / len(overdue)) == (metrics[part]["rows"], metrics[part]["positive_share"])


def test_the_selection_part_is_held_out_of_what_trains(prepared: Path, prepare_again: Callable[..., Any]) -> None:
    metrics, whole = prepare_again("--hold-out", "selection"), read_json(prepared / "metrics.json")
    assert (metrics["train"]["last_date"], metrics["test"]["first_date"]) == ("2013-08-31", "2013-09-01")
    assert metrics["test"]["last_date"] == whole["train"]["last_date"]
    assert metrics["rows"]["in_no_part"] == whole["test"]["rows"]


def test_rows_after_a_span_are_in_neither_part_and_counted(
    prepare_again: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = prepare_again("--test", "2013-11-01 to 2013-11-30")
    rows = metrics["rows"]
    assert metrics["test"]["last_date"] == "2013-11-30"
    assert rows["raw"] == sum(rows[name] for name in ("lost", "in_no_part", "used"))
    assert f"; {rows['in_no_part']:,} in neither part" in capsys.readouterr().out


def test_rows_in_neither_part_have_an_outcome_too() -> None:
    rows = {"raw": 10, "used": 6, "in_no_part": 3}
    assert prepare.as_counted(rows) == {**rows, "used": 9}


def test_rows_are_drawn_at_random_where_the_rule_says_so(prepare_again: Callable[..., Any]) -> None:
    metrics = prepare_again("--split-by", "random", "--test", "20 %", "--seed", "7")
    assert metrics["test"]["rows"] == pytest.approx(0.2 * metrics["rows"]["used"], rel=0.1)
    assert metrics["test"]["positive_share"] == pytest.approx(metrics["train"]["positive_share"], rel=0.1)
    assert metrics["split"]["seed"] == 7


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--test", "last 365 days"],
            '--test "last 365 days" leaves no row for the train part: the data are',
        ),
        (
            ["--split-by", "group", "--test", "20 %"],
            "--split-by group needs a column: name it as GROUP of the use case",
        ),
        (["--split-by", "random"], '--test "last 61 days" needs --split-by time'),
    ],
    ids=["no-train", "no-group", "days-at-random"],
)
def test_a_rule_that_does_not_fit_is_one_line_and_no_output(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert prepare.main(["--data", str(raw), "--output", str(tmp_path / "output"), *words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_same_data_give_the_same_bytes(raw: Path, prepared: Path, tmp_path: Path, threads: str) -> None:
    assert prepare.main(["--data", str(raw), "--output", str(tmp_path), "--threads", threads]) == 0
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (prepared / name).read_bytes()


@pytest.mark.parametrize(
    ("breaking", "message"),
    [
        (lambda path: path.unlink(), "parcels.parquet does not exist"),
        (lambda path: path.write_bytes(path.read_bytes()[:-50]), "cannot be prepared"),
        (lambda path: path.write_bytes(b""), "cannot be prepared"),
        (lambda path: rewrite(path, lambda table: table.drop_columns(["town"])), "lacks the column town"),
        (lambda path: rewrite(path, lambda table: table.slice(0, 0)), "no row has an outcome"),
        (
            lambda path: rewrite(path, lambda table: table.set_column(6, "hours", pa.array(["?"] * len(table)))),
            "cannot be prepared",
        ),
    ],
    ids=["missing-file", "truncated", "empty-file", "missing-column", "no-rows", "retyped-column"],
)
def test_bad_raw_data_are_one_line_and_no_output(
    raw: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    breaking: Callable[[Path], None],
    message: str,
) -> None:
    shutil.copytree(raw, tmp_path / "raw")
    breaking(tmp_path / "raw" / "parcels.parquet")
    assert prepare.main(["--data", str(tmp_path / "raw"), "--output", str(tmp_path / "output")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("value", [math.nan, math.inf], ids=["nan", "infinity"])
def test_a_number_that_is_no_measurement_counts_as_null(raw: Path, tmp_path: Path, value: float) -> None:
    """In files, not in memory: DuckDB trusts the statistics that pyarrow writes, which leave NaN out."""
    outputs = []
    for name, missing in (("null", None), ("odd", value)):
        data = Path(shutil.copytree(raw, tmp_path / name))
        for table, columns in {"parcels": ("hours",), "weather": ("temp", "rain")}.items():
            rewrite(data / f"{table}.parquet", partial(replace_nulls, columns=columns, by=missing))
        outputs.append(tmp_path / f"prepared-{name}")
        assert prepare.main(["--data", str(data), "--output", str(outputs[-1]), "--threads", "1"]) == 0
    for name in FILES:
        assert (outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes()


def replace_nulls(table: pa.Table, columns: Sequence[str], by: float | None) -> pa.Table:
    """Make columns floats, with another value for null."""
    for column in columns:
        values = table[column].cast(pa.float64())
        values = values if by is None else values.fill_null(by)
        table = table.set_column(table.column_names.index(column), column, values)
    return table


def test_memory_that_does_not_suffice_is_one_line_and_no_output(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare.main(["--data", str(raw), "--output", str(tmp_path / "output"), "--memory-mb", "2"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "--memory-mb 2 is too little for" in line
    assert not (tmp_path / "output").exists()


def test_an_output_that_cannot_be_written_is_one_line(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert prepare.main(["--data", str(raw), "--output", str(tmp_path / "file")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in line


def test_an_abbreviated_argument_is_refused(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        prepare.main(["--data", str(raw), "--out", str(tmp_path)])


@pytest.mark.parametrize("name", ["a.b", "a ", "a b", 'say "a"', "a AS c", "prepared.a", "sum(a)"])
def test_a_column_may_have_any_name(name: str, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        content = pa.table({"a": [1, 2], name: [3, 4]})
        connection.register("prepared", content)
        connection.register("divided", content.append_column(PART, pa.array(["train", "train"])))
        prepare.write_to_score(connection, "a", [name, "a"], tmp_path)
        prepare.write(connection, "a", [name], tmp_path)
    assert pq.read_table(tmp_path / "rows.parquet").to_pydict() == {name: [3, 4], "a": [1, 2]}
    assert pq.read_table(tmp_path / "train.parquet").to_pydict() == {name: [3, 4]}
