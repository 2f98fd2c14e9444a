"""sample_rows.py on a small sample: which rows, how many, and what the model says of them."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sample_rows


def sampled(output: Path, model: Path, *more: str) -> pa.Table:
    given = ["--model", str(model), "--output", str(output), "--threads", "1"]
    assert sample_rows.main([*given, *more]) == 0
    return pq.read_table(output / "rows.parquet")


def test_rows_of_a_span_have_features_outcome_and_prediction(prepared: Path, model: Path, tmp_path: Path) -> None:
    span = ("--first", "2013-03-01", "--last", "2013-03-07", "--rows", "50")
    found = sampled(tmp_path / "rows", model, "--data", str(prepared), *span)
    every = pq.read_table(prepared / "train.parquet").to_pandas()
    assert 0 < found.num_rows <= 50 < len(every)
    assert {"weight", "courier", "overdue", sample_rows.PREDICTION} <= {*found.column_names}
    predictions = np.array(found[sample_rows.PREDICTION])
    assert ((predictions > 0) & (predictions < 1)).all()


def test_the_same_rows_are_sampled_each_time(prepared: Path, model: Path, tmp_path: Path) -> None:
    first, again = (sampled(tmp_path / name, model, "--data", str(prepared), "--rows", "40") for name in "ab")
    assert first.equals(again)


def test_the_same_rows_of_raw_tables_are_sampled_in_whatever_order_they_came(
    raw: Path, model: Path, tmp_path: Path
) -> None:
    turned = Path(shutil.copytree(raw, tmp_path / "turned"))
    parcels = pq.read_table(turned / "parcels.parquet")
    pq.write_table(parcels.take(np.arange(len(parcels))[::-1]), turned / "parcels.parquet")
    first, again = (
        sampled(tmp_path / name, model, "--raw", str(folder), "--rows", "40")
        for name, folder in (("a", raw), ("b", turned))
    )
    assert 0 < first.num_rows <= 40
    assert first.equals(again)


def test_a_span_without_a_row_gives_an_empty_sample(prepared: Path, model: Path, tmp_path: Path) -> None:
    assert sampled(tmp_path / "rows", model, "--data", str(prepared), "--first", "2030-01-01").num_rows == 0


def test_rows_are_of_one_kind(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sample_rows.main(["--model", str(model), "--output", str(tmp_path / "rows")]) == 1
    assert "give either --data" in capsys.readouterr().err


def test_a_span_that_is_no_day_is_refused(
    prepared: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data", str(prepared), "--model", str(model), "--output", str(tmp_path / "rows")]
    assert sample_rows.main([*given, "--first", "yesterday"]) == 1
    assert "the rows cannot be sampled" in capsys.readouterr().err
