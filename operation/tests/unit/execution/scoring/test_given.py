"""What people give to be scored is recognized by what is there, and anything else is refused by what it lacks."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.scoring.given import Given, recognize

NEEDED = {"orders": ("order", "price"), "customers": ("customer", "town")}
FEATURES = {"order": "", "price_in_euros": "number", "town": "category"}


def write(path: Path, *columns: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: [1] for name in columns}), path)
    return path


@pytest.mark.parametrize("names", [["orders", "customers"], ["orders"]], ids=["all", "one is missing"])
def test_a_folder_with_a_table_holds_raw_tables(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        write(tmp_path / "raw" / f"{name}.parquet", "order")
    assert recognize(str(tmp_path / "raw"), NEEDED, FEATURES, tmp_path / "given") == Given(str(tmp_path / "raw"))


@pytest.mark.parametrize("name", ["rows.parquet", "."])
def test_a_file_or_folder_with_every_feature_holds_prepared_rows(tmp_path: Path, name: str) -> None:
    write(tmp_path / "prepared" / "rows.parquet", *FEATURES, "more")
    path = tmp_path / "prepared" / name
    assert recognize(str(path), NEEDED, FEATURES, tmp_path / "given") == Given(prepared=path)


@pytest.mark.parametrize("given", ["rows.csv", "."])
def test_prepared_rows_as_csv_become_parquet_with_texts_as_they_are(tmp_path: Path, given: str) -> None:
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "rows.csv").write_text("order,price_in_euros,town\n1,5,03\n2,,\n")
    found = recognize(str(tmp_path / "prepared" / given), NEEDED, FEATURES, tmp_path / "given")
    assert found == Given(prepared=tmp_path / "given")
    rows = pq.read_table(tmp_path / "given").to_pylist()
    assert rows == [
        {"order": 1, "price_in_euros": 5.0, "town": "03"},
        {"order": 2, "price_in_euros": None, "town": None},
    ]


def test_moments_in_csv_are_of_microseconds_as_spark_needs_them(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("order,price_in_euros,town\n2026-11-30T03:11:20.5Z,5,a\n")
    recognize(str(tmp_path / "rows.csv"), NEEDED, FEATURES, tmp_path / "given")
    assert pq.read_table(tmp_path / "given").schema.field("order").type == pa.timestamp("us", "UTC")


def test_csv_of_prepared_rows_is_not_taken_for_the_only_table(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("order,price_in_euros,town\n1,5,a\n")
    found = recognize(str(tmp_path / "rows.csv"), {"orders": NEEDED["orders"]}, FEATURES, tmp_path / "given")
    assert found == Given(prepared=tmp_path / "given")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1,far,a", "in the column price_in_euros: Row #2: CSV conversion error to double: invalid value 'far'"),
        ("1", "Expected 3 columns, got 1"),
        ("1,2,\xe9", "in the column town: .*invalid UTF8 data"),
        ('1,2,"a' + "\n1,2,a" * 400_000, "a quote that is never closed"),
        ('1,2,"a\n1,2,a', "a quote that is never closed"),
        ("2026-11-30T03:11:20.123456789Z,2,a", "would lose data"),
    ],
    ids=["a text", "too few", "encoding", "open quote", "open quote in the last block", "nanoseconds"],
)
def test_csv_that_is_not_what_its_columns_say_is_refused_in_a_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "rows.csv").write_bytes(f"order,price_in_euros,town\n{content}\n".encode("latin-1"))
    with pytest.raises(OperationError, match=rf"rows\.csv cannot be read as prepared rows: .*{words}.* Fix the file"):
        recognize(str(tmp_path / "rows.csv"), NEEDED, FEATURES, tmp_path / "given")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_a_file_is_the_only_table_of_its_use_case_whatever_its_name(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"tomorrow{suffix}"
    if suffix == ".parquet":
        write(file, "order", "price_in_euros", "town", "price")
    else:
        file.touch()
    found = recognize(str(file), {"orders": NEEDED["orders"]}, FEATURES, tmp_path / "given")
    assert found == Given(str(tmp_path / "given"))
    assert (tmp_path / "given" / f"orders{suffix}").samefile(file)


def test_a_folder_of_a_workspace_holds_raw_tables(tmp_path: Path) -> None:
    address = "azureml://datastores/lake/paths/orders"
    assert recognize(address, NEEDED, FEATURES, tmp_path) == Given(address)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("order", "town"), "it lacks the column price_in_euros of such rows"),
        ((), "it has no file of such rows"),
        (None, "there is no such file or folder"),
    ],
    ids=["a feature is missing", "no file", "nothing"],
)
def test_what_is_neither_is_refused_by_what_it_lacks(
    tmp_path: Path, columns: tuple[str, ...] | None, message: str
) -> None:
    data = tmp_path / "data"
    if columns:
        write(data / "rows.parquet", *columns)
    elif columns is not None:
        data.mkdir()
    with pytest.raises(OperationError, match=message):
        recognize(str(data), NEEDED, FEATURES, tmp_path / "given")


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv.gz", "rows.csv"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(b"" if name == "rows.csv" else b"\x1f\x8b half")
    with pytest.raises(OperationError, match=rf"no column can be read in {name}: it is damaged or empty\.$"):
        recognize(str(tmp_path / "data"), NEEDED, FEATURES, tmp_path / "given")


def test_prepared_rows_of_both_kinds_are_refused_since_one_would_be_left_out(tmp_path: Path) -> None:
    write(tmp_path / "data" / "monday.parquet", *FEATURES)
    (tmp_path / "data" / "tuesday.csv").write_text("order,price_in_euros,town\n1,5,a\n")
    with pytest.raises(OperationError, match=r"as parquet \(monday\.parquet\) and as CSV \(tuesday\.csv\)"):
        recognize(str(tmp_path / "data"), NEEDED, FEATURES, tmp_path / "given")


def test_two_compressions_of_the_same_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for name in ("one.csv", "two.csv", "other/one.csv"):
        (tmp_path / name).write_text("order,price_in_euros,town\n1,5,a\n")
    recognize(str(tmp_path), NEEDED, FEATURES, tmp_path / ".given")
    (tmp_path / "one.csv.gz").write_bytes(gzip.compress((tmp_path / "one.csv").read_bytes()))
    with pytest.raises(OperationError, match=r"has one\.csv and one\.csv\.gz, which .* twice\. Keep one"):
        recognize(str(tmp_path), NEEDED, FEATURES, tmp_path / ".given")


def test_copies_that_notebooks_keep_are_not_scored_with_the_csv(tmp_path: Path) -> None:
    for name in ("rows.csv", ".ipynb_checkpoints/rows-checkpoint.csv"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_text("order,price_in_euros,town\n1,5,a\n")
    recognize(str(tmp_path / "data"), NEEDED, FEATURES, tmp_path / "given")
    assert [file.name for file in (tmp_path / "given").iterdir()] == ["00000-rows.csv.parquet"]
