"""New data arrive without an edit: the same commands on the same two tables one year later."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.training import train
from operation.execution.validation import validate
from operation.tests.integration.conftest import configured

pytestmark = pytest.mark.usefixtures("unmeasured_processes")

# Days, and not weeks, so that no Saturday stays a Saturday. The one recording error that
# is known of 2013 would be unknown a year later, so it goes.
A_YEAR_LATER = """
SELECT * EXCLUDE (later) REPLACE (
    year(later) AS year, month(later) AS month, day(later) AS day, time_hour + INTERVAL 365 DAY AS time_hour{more}
)
FROM (SELECT *, make_date(year, month, day) + 365 AS later FROM batch)
"""
WIND = ", CASE WHEN wind_speed < 250 THEN wind_speed END AS wind_speed"
TABLES = ("flights", "weather")


def rewrite(source: Path, folder: Path, change: Callable[[str, pa.Table], pa.Table]) -> Path:
    folder.mkdir()
    for name in TABLES:
        pq.write_table(change(name, pq.read_table(source / f"{name}.parquet")), folder / f"{name}.parquet")
    return folder


def replaced(table: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, values)


def a_year_later(name: str, table: pa.Table) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("batch", table)
        return connection.sql(A_YEAR_LATER.format(more=WIND if name == "weather" else "")).to_arrow_table()


@pytest.fixture(scope="module")
def next_year(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of 2013 as one of 2014."""
    return rewrite(sample, tmp_path_factory.mktemp("next") / "year", a_year_later)


def test_the_tables_of_next_year_are_valid_and_train_a_model_without_an_edit(next_year: Path, tmp_path: Path) -> None:
    configuration = configured(next_year, tmp_path)
    validate.validate(configuration, None)
    train.train(configuration)
    (version,) = connect(configuration).registry.versions(configuration.model)
    days = [version.tags[f"{part}_{edge}_date"] for part in ("train", "test") for edge in ("first", "last")]
    assert days == ["2014-01-01", "2014-10-31", "2014-11-01", "2014-12-31"]


def test_weather_of_another_year_than_the_flights_is_refused(
    sample: Path, next_year: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(name: str, table: pa.Table) -> pa.Table:
        return pq.read_table(next_year / "weather.parquet") if name == "weather" else table

    source = rewrite(sample, tmp_path / "mixed", change)
    with pytest.raises(OperationError, match="do not meet"):
        validate.validate(configured(source, tmp_path), None)
    assert "longest time at a place between its first flights and its first weather" in " ".join(
        capsys.readouterr().out.split()
    )


def test_flights_of_the_future_are_refused(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(_: str, table: pa.Table) -> pa.Table:
        table = replaced(table, "year", pc.add(table["year"], 100))
        return replaced(table, "time_hour", pc.add(table["time_hour"], pa.scalar(timedelta(days=36524))))

    source = rewrite(sample, tmp_path / "future", change)
    with pytest.raises(OperationError, match="do not meet"):
        validate.validate(configured(source, tmp_path), None)
    assert "2113" in capsys.readouterr().out


def test_where_bad_data_cannot_be_prepared_the_table_of_their_validation_is_shown(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(name: str, table: pa.Table) -> pa.Table:
        if name == "weather":
            return table
        return replaced(table, "arr_delay", pa.chunked_array([pa.nulls(len(table), table["arr_delay"].type)]))

    source = rewrite(sample, tmp_path / "bad", change)
    with pytest.raises(OperationError, match="do not meet"):
        train.train(configured(source, tmp_path))
    printed = capsys.readouterr().out
    assert "Not met" in printed
    assert "arr_delay" in printed
