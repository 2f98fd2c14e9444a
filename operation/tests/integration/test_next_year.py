"""New data arrive without an edit: the same commands on the same two tables one year later."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.training import train
from operation.execution.validation import validate
from operation.tests.integration.conftest import configured
from operation.tests.parcels import TIMES


def rewrite(source: Path, folder: Path, change: Callable[[str, pa.Table], pa.Table]) -> Path:
    folder.mkdir()
    for name in TIMES:
        pq.write_table(change(name, pq.read_table(source / f"{name}.parquet")), folder / f"{name}.parquet")
    return folder


def replaced(table: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def later(days: int) -> Callable[[str, pa.Table], pa.Table]:
    """Moves every moment of a table; the one recording error that is known of 2013 is none of another year."""

    def change(name: str, table: pa.Table) -> pa.Table:
        moments = table[TIMES[name]].to_numpy() + np.timedelta64(days, "D")
        table = replaced(table, TIMES[name], pa.array(moments, pa.timestamp("us", tz="UTC")))
        return replaced(table, "temp", pa.array(np.minimum(table["temp"], 40.0))) if name == "weather" else table

    return change


def test_the_tables_of_next_year_are_valid_and_train_a_model_without_an_edit(sample: Path, tmp_path: Path) -> None:
    configuration = configured(rewrite(sample, tmp_path / "next year", later(365)), tmp_path / "outputs")
    validate.validate(configuration, None)
    train.train(configuration)
    (version,) = connect(configuration).registry.versions(configuration.model)
    days = [version.tags[f"{part}_{edge}_date"] for part in ("train", "test") for edge in ("first", "last")]
    assert days == ["2014-01-01", "2014-10-31", "2014-11-01", "2014-12-31"]


def test_tables_of_the_future_are_refused(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = rewrite(sample, tmp_path / "future", later(36524))
    with pytest.raises(OperationError, match="do not meet"):
        validate.validate(configured(source, tmp_path / "outputs"), None)
    assert "2113" in capsys.readouterr().out


def test_where_bad_data_cannot_be_prepared_the_table_of_their_validation_is_shown(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(name: str, table: pa.Table) -> pa.Table:
        return table if name == "weather" else replaced(table, "hours", pa.nulls(len(table), pa.float64()))

    source = rewrite(sample, tmp_path / "bad", change)
    with pytest.raises(OperationError, match="do not meet"):
        train.train(configured(source, tmp_path / "outputs"))
    printed = capsys.readouterr().out
    assert "Not met" in printed
    assert "hours" in printed
