"""Parts of `invoke new`: names, files of data and samples of them, and files that are written all or none."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from operation.errors import OperationError
from operation.execution.new import data_files, python_code, settings, writing
from operation.execution.new.asked import Guess
from operation.execution.new.naming import check_name
from operation.execution.new.profile import kind_of
from operation.tests.parcels import own_scripts

ROWS = 90
RNG = np.random.default_rng(11)


@pytest.mark.parametrize(("value", "written"), [(1e-12, "0.000000000001"), (3.0, "3.0"), (0.0123, "0.0123")])
def test_a_bound_keeps_its_digits_however_small(value: float, written: str) -> None:
    assert settings._plain(value) == written


def test_a_guess_without_a_place_is_its_text() -> None:
    assert writing.listed([Guess("sampled")], {}) == ["sampled"]


def test_what_a_kill_leaves_is_ignored_by_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryDirectory.cleanup", lambda self: self._finalizer.detach())
    writing.write({"src/a.py": "1\n"}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"src", "outputs"}


def test_all_files_are_written_at_once(tmp_path: Path) -> None:
    writing.write({"src/a.py": "1\n", "docs/a.md": "2\n"}, tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {
        "src/a.py",
        "docs/a.md",
    }


def test_files_that_are_changed_are_as_before_if_others_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "train.yml").write_text("old\n", encoding="utf-8")
    (tmp_path / "docs").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="docs"):
        writing.write({"docs/a.md": "2\n"}, tmp_path, {"train.yml": "new\n"})
    assert (tmp_path / "train.yml").read_text(encoding="utf-8") == "old\n"
    writing.write({"src/a.py": "1\n"}, tmp_path, {"train.yml": "new\n"})
    assert (tmp_path / "train.yml").read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("blocked", ["file in the way", "file that is there"])
def test_nothing_is_left_of_what_cannot_be_written(blocked: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir() if blocked == "file that is there" else (tmp_path / "docs").write_text("", "utf-8")
    if blocked == "file that is there":
        (tmp_path / "docs" / "a.md").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((OperationError, OSError)):
        writing.write({"src/a.py": "1\n", "docs/a.md": "2\n"}, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Name the use case"),
        ("class", "cannot be the name of a Python package here.*for instance class_model"),
        ("My-Case", "for instance my_case"),
        ("2024", "for instance my_case"),
        ("match", "cannot be the name"),
        ("learning", "src/learning is there already"),
        ("train", "src/train.py is there already"),
        ("mutants", "is that of a folder in outputs"),
        ("json", "is that of another Python module"),
        ("pandas", "is that of another Python module"),
        ("reports", "is that of a folder in outputs.*reports_model"),
        ("operation", "is that of another Python module"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_another(name: str, reason: str, repository: Path) -> None:
    with pytest.raises(OperationError, match=reason):
        check_name(name, repository)


def test_the_name_of_another_use_case_is_refused() -> None:
    with pytest.raises(OperationError, match=r"src/parcels is there already\. Choose another"):
        check_name("parcels", own_scripts().parent)


def test_of_a_name_that_is_taken_by_a_use_case_it_is_said_how_to_train_it(tmp_path: Path) -> None:
    for name in ("src/churn/schema.py", "configuration/use_cases/churn.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    with pytest.raises(OperationError, match=r"src/churn is there already.*invoke train --use-case churn"):
        check_name("churn", tmp_path)


def test_a_free_name_is_taken(repository: Path) -> None:
    check_name("churn_of_customers", repository)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("my data (1).csv", r"Rename it, for instance to my_data_1\.csv"),
        ("2024.csv", r"Rename it, for instance to table_2024\.csv"),
        ("features.csv", r"features\.csv has the name of a file that preparation writes"),
        ("notes.txt", r"must be one of \.parquet, \.csv"),
        ("missing.csv", r"There is no file or folder"),
    ],
)
def test_a_file_that_cannot_be_a_table_is_refused(file: str, reason: str, tmp_path: Path) -> None:
    if file != "missing.csv":
        (tmp_path / file).write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(OperationError, match=reason):
        data_files.find(str(tmp_path / file))


def test_a_file_that_another_one_would_hide_is_refused(tmp_path: Path) -> None:
    for suffix in ("csv", "parquet"):
        (tmp_path / f"a.{suffix}").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(OperationError, match=r"has the table 'a' twice: .* has a\.parquet and a\.csv\. Keep one"):
        data_files.find(str(tmp_path / "a.csv"))


def test_a_folder_has_a_table_for_each_file_folder_and_series_of_parts(tmp_path: Path) -> None:
    (tmp_path / "visits" / "month=1").mkdir(parents=True)
    for name in ("customers.csv", "sales-01.csv", "sales-02.csv", "visits/month=1/part-0.csv", "readme.txt", ".x.csv"):
        (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
    found = data_files.find(str(tmp_path)).files
    assert {name: len(files) for name, files in found.items()} == {"customers": 1, "sales": 2, "visits": 1}


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        (["sales/part-00000-7f1-c000.csv", "sales/part-00001-7f1-c000.csv", "sales/_SUCCESS"], {"sales": 2}),
        (["sales/month=1/part-0.csv", "sales/month=2/part-0.csv"], {"sales": 2}),
        (["sales/2023.csv", "sales/2024.csv"], {"sales": 2}),
        (["sales/000000000000.csv.gz"], {"sales": 1}),
        (["sales/2024-01/orders.csv", "sales/2024-02/orders.csv", "sales/shops.csv"], {"orders": 2, "shops": 1}),
    ],
    ids=["Spark", "Hive", "years", "BigQuery", "deliveries"],
)
def test_a_folder_is_what_engines_have_written(files: list[str], tables: dict[str, int], tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a\n1\n", encoding="utf-8")
    found = data_files.find(str(tmp_path / "sales"))
    assert {name: len(files) for name, files in found.files.items()} == tables
    assert found.source == str(tmp_path if "sales" in tables else tmp_path / "sales")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_large_table_is_sampled_evenly_and_counted(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "WHOLE_BYTES", 10)
    monkeypatch.setattr(data_files, "SAMPLE", 500)
    frame = pd.DataFrame({"n": range(20_000), "text": ["NA", "b"] * 10_000})
    path = tmp_path / f"big.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    content = data_files.read(str(tmp_path), "big", [path])
    assert (content.total, content.rows.num_rows, content.sampled) == (20_000, 500, True)
    assert 8_000 < content.rows["n"].to_pandas().mean() < 12_000
    assert content.rows.equals(data_files.read(str(tmp_path), "big", [path]).rows)


@pytest.mark.parametrize(
    ("values", "kind"), [(("yes", "no"), "text"), (("true", "false"), "boolean"), (("t", "f"), "text")]
)
def test_answers_in_a_sampled_file_are_what_the_chain_reads(
    values: tuple[str, str], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "customers.csv"
    pd.DataFrame({"x": RNG.random(60), "ok": [values[n % 2] for n in range(60)]}).to_csv(file, index=False)
    whole = data_files.read(str(tmp_path), "customers", [file]).rows
    monkeypatch.setattr(data_files, "WHOLE_BYTES", 0)
    sampled = data_files.read(str(tmp_path), "customers", [file]).rows
    assert [kind_of(each.schema.field("ok").type) for each in (whole, sampled)] == [kind, kind]


@pytest.mark.parametrize("suffix", ["csv.gz", "csv.zst", "csv.bz2", "csv.zip", "parquet"])
def test_a_packed_file_is_as_large_as_it_unpacks(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"n": range(4_000), "text": "the same"})
    path = tmp_path / f"big.{suffix}"
    if suffix == "csv.zst":
        with pa.output_stream(path, compression="zstd") as stream:
            stream.write(frame.to_csv(index=False).encode())
    else:
        frame.to_csv(path, index=False) if suffix != "parquet" else frame.to_parquet(path)
    assert not data_files.read(str(tmp_path), "big", [path]).sampled
    monkeypatch.setattr(data_files, "SAMPLE", 500)
    monkeypatch.setattr(data_files, "WHOLE_BYTES", 30_000)
    assert suffix == "parquet" or path.stat().st_size < 30_000
    if suffix in ("csv.bz2", "csv.zip"):
        with pytest.raises(OperationError, match=r"unpacks to more than .* Unpack it, or write it as parquet"):
            data_files.read(str(tmp_path), "big", [path])
        return
    assert data_files.read(str(tmp_path), "big", [path]).sampled


@pytest.mark.parametrize("name", ["plain", "Plain2", "order", "it's", 'a"b', "größe", "left"])
def test_a_name_in_sql_means_the_column(name: str, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"CREATE TABLE t AS SELECT 1 AS {python_code.sql_name(name)}")
    assert connection.table("t").columns == [name]
