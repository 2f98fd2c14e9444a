"""Files that cannot be read are failures of validation, beside those of the readable tables."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from gx_duckdb import Resources

from operation.errors import OperationError
from operation.execution.tables.snapshot import Snapshot
from operation.execution.validation.checkpoints import validate_files
from operation.execution.validation.validate import validate_source

pytestmark = pytest.mark.usefixtures("own_suites")


@pytest.fixture
def folder(snapshot: Snapshot, tmp_path: Path) -> Path:
    """The raw tables, to be damaged."""
    return Path(shutil.copytree(snapshot.folder, tmp_path / "data"))


def damage(folder: Path, kind: str) -> None:
    """Damage the file of the parcels."""
    file = folder / "parcels.parquet"
    whole = file.read_bytes()
    text = pd.read_parquet(file).to_csv(index=False)
    file.unlink()
    if kind == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "latin-1":
        file.with_suffix(".csv").write_text(text.replace("Ant", "Ü"), encoding="latin-1")
    elif kind == "utf-16":
        file.with_suffix(".csv").write_text(text, encoding="utf-16")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "lacks the table 'parcels'"),
        ("empty", "is empty"),
        ("truncated", "is not a whole parquet file"),
        ("latin-1", "is not UTF-8: byte 0xdc at position"),
        ("utf-16", "is not UTF-8: byte 0xff at position 0"),
    ],
    ids=lambda value: value.split()[0],
)
def test_an_unreadable_file_is_a_failure(kind: str, reason: str, folder: Path, tmp_path: Path) -> None:
    damage(folder, kind)
    (failure,) = validate_source(str(folder), ["parcels"], [], tmp_path / "reports", "parcels").failures
    assert (failure.suite, failure.expectation) == ("parcels", "readable")
    assert "parcels" in failure.observed
    assert reason in failure.observed


def test_the_other_tables_are_validated_all_the_same(folder: Path, tmp_path: Path) -> None:
    damage(folder, "truncated")
    weather = pd.read_parquet(folder / "weather.parquet")
    weather.assign(temp=weather["temp"] * 1000).to_parquet(folder / "weather.parquet")
    failures = validate_source(str(folder), ["parcels", "weather"], [], tmp_path / "reports", "parcels").failures
    assert {(failure.suite, failure.column) for failure in failures} == {
        ("parcels", None),
        ("weather", "temp"),
    }


def test_weather_that_ends_before_the_parcels_is_a_failure(folder: Path, tmp_path: Path) -> None:
    weather = pd.read_parquet(folder / "weather.parquet")
    weather[:-300].to_parquet(folder / "weather.parquet", index=False)
    assert validate_source(str(folder), ["weather"], [], tmp_path / "reports", "parcels").failures == ()
    (failure,) = validate_source(str(folder), ["parcels", "weather"], [], tmp_path / "reports", "parcels").failures
    assert (failure.suite, failure.column) == ("parcels", "sent_at")
    assert failure.expected.startswith("days from the last weather to the last parcel")


def test_an_unknown_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="Unknown data source"):
        validate_source(str(tmp_path / "nowhere"), ["parcels"], [], tmp_path / "reports", "parcels")


def damage_inside(file: Path) -> None:
    """Overwrite the pages of its last column; what the file says of itself stays whole."""
    with pq.ParquetFile(file) as parquet:
        group = parquet.metadata.row_group(0)
        chunk = group.column(group.num_columns - 1)
    with file.open("r+b") as stream:
        stream.seek(chunk.dictionary_page_offset or chunk.data_page_offset)
        stream.write(b"\xff" * chunk.total_compressed_size)


def test_a_file_that_is_damaged_inside_is_a_failure(folder: Path, tmp_path: Path) -> None:
    damage_inside(folder / "weather.parquet")
    files = {"weather": [folder / "weather.parquet"]}
    (failure,) = validate_files(files, tmp_path / "reports", Resources(), "parcels").failures
    assert (failure.suite, failure.expectation) == ("weather", "readable")
    assert "weather.parquet is not a whole parquet file" in failure.observed


def test_parts_of_different_columns_are_a_failure(snapshot: Snapshot, tmp_path: Path) -> None:
    files = {"features": [snapshot.folder / "parcels.parquet", snapshot.folder / "weather.parquet"]}
    (failure,) = validate_files(files, tmp_path / "reports", Resources(), "parcels").failures
    assert "weather.parquet has other columns" in failure.observed


def test_too_little_memory_is_an_error_and_no_failure_of_the_data(snapshot: Snapshot, tmp_path: Path) -> None:
    files = {"parcels": [snapshot.folder / "parcels.parquet"]}
    with pytest.raises(OperationError, match="too little memory to validate"):
        validate_files(files, tmp_path / "reports", Resources(threads=1, memory_mb=2), "parcels")
