"""Spark scores each row as this machine does."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.execution.json_files import read_json
from operation.tests.spark.conftest import WEIGHT, Run

KEY = "parcel"


@pytest.fixture(scope="module")
def on_spark(run: Run, folder: Path) -> Path:
    output = folder / "spark"
    options = {"model_version": 3, "data_sha256": "d" * 64, "batch_rows": 100}
    done = run("spark_score", data=folder / "data", model=folder / "model", output=output, **options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(" rejected\n")
    return output


def read(folder: Path, pattern: str = "part-*.parquet") -> pa.Table:
    return pa.concat_tables(pq.read_table(file) for file in folder.glob(pattern)).sort_by(KEY)


def test_every_row_is_scored_as_here(on_spark: Path, folder: Path) -> None:
    here, there = read(folder / "here"), read(on_spark)
    scored = there.filter(pa.compute.is_null(there["reason"])).drop_columns("reason")
    assert len(here) > 1000
    assert scored.column_names == here.column_names
    for name in here.column_names:
        assert scored[name].equals(here[name]), name  # also in their types


def test_a_row_that_cannot_be_scored_says_why(on_spark: Path, folder: Path) -> None:
    there, rejected = read(on_spark), read(folder / "here", "rejected.parquet")
    (row,) = there.filter(pa.compute.is_valid(there["reason"])).to_pylist()
    assert (row[KEY], row["reason"], row["probability"]) == (
        *rejected.select([KEY, "reason"]).to_pylist()[0].values(),
        None,
    )


def test_the_manifest_says_where_the_scores_come_from(on_spark: Path, folder: Path) -> None:
    manifest, here = read_json(on_spark / "manifest.json"), read_json(folder / "here" / "manifest.json")
    for name in ("model_version", "model_sha256", "keys", "rows", "rejected"):
        assert manifest[name] == here[name]
    assert manifest["data_sha256"] == "d" * 64
    assert (on_spark / "_SUCCESS").exists()


def test_files_beside_the_rows_are_left_alone(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = pq.read_table(folder / "data" / "0.parquet").slice(10, 10)  # without the one that cannot be scored
    below = tmp_path / "prepared" / "more"
    below.mkdir(parents=True)
    pq.write_table(rows, tmp_path / "prepared" / "rows.parquet")
    pq.write_table(rows, below / "rows.parquet")
    (tmp_path / "prepared" / "metrics.json").write_text("{}")  # as src/prepare.py leaves it
    done = run("spark_score", data=tmp_path / "prepared", model=folder / "model", output=tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "20 rows scored on Spark, 0 rejected\n"


def test_a_damaged_file_is_named(run: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"no parquet")
    done = run("spark_score", data=tmp_path / "rows.parquet", model=folder / "model", output=tmp_path / "out")
    assert done.returncode == 1
    (said,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert "rows.parquet. Could not read footer" in said


def test_a_missing_feature_is_one_line(run: Run, folder: Path, tmp_path: Path) -> None:
    rows = pq.read_table(folder / "data" / "0.parquet").drop_columns(WEIGHT)
    pq.write_table(rows, tmp_path / "rows.parquet")
    done = run("spark_score", data=tmp_path / "rows.parquet", model=folder / "model", output=tmp_path / "out")
    assert done.returncode == 1
    assert f"error: {tmp_path / 'rows.parquet'} lacks the column {WEIGHT}; it has " in done.stderr
    assert "Traceback" not in done.stderr
