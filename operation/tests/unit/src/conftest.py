"""Parcels, taken through the real scripts once: folders `raw`, `prepared`, `model` and `poor_model`, all read-only."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import prepare
import train
from operation.tests.parcels import write_tables


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of parcels and weather, as parquet."""
    folder = tmp_path_factory.mktemp("raw")
    write_tables(folder)
    return folder


@pytest.fixture(scope="session")
def prepared(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What prepare.py makes of `raw`."""
    folder = tmp_path_factory.mktemp("prepared")
    assert prepare.main(["--data", str(raw), "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def model(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What train.py makes of `prepared`: a small model."""
    folder = tmp_path_factory.mktemp("model")
    small = ["--trees", "20", "--leaves", "15", "--threads", "1"]
    assert train.main(["--data", str(prepared), "--output", str(folder), *small]) == 0
    return folder


@pytest.fixture(scope="session")
def poor_model(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A single small tree of the same rows."""
    folder = tmp_path_factory.mktemp("poor_model")
    small = ["--trees", "1", "--leaves", "3", "--threads", "1"]
    assert train.main(["--data", str(prepared), "--output", str(folder), *small]) == 0
    return folder


@pytest.fixture(scope="session")
def unlabelled(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_unlabelled(raw, tmp_path_factory.mktemp("unlabelled"))


def make_unlabelled(raw: Path, folder: Path) -> Path:
    """All parcels as they are before any has arrived, without the column of the outcome, in row groups of 1,000."""
    given = Path(shutil.copytree(raw, folder / "raw"))
    pq.write_table(pq.read_table(raw / "parcels.parquet").drop_columns("hours"), given / "parcels.parquet")
    words = ["--data", str(given), "--output", str(folder / "prepared"), "--purpose", "scoring"]
    assert prepare.main(words) == 0
    pq.write_table(pq.read_table(folder / "prepared" / "rows.parquet"), folder / "rows.parquet", row_group_size=1000)
    return folder / "rows.parquet"
