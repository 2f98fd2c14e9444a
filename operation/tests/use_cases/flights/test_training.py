"""Flights train a good model, those of next year too, and no edit is needed for them."""

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
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.training import train
from operation.execution.validation import validate

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


def configured(source: Path, outputs: Path) -> Configuration:
    """Every 20th flight of the source, and few trees."""
    settings = [f"data.source={source}", f"backend.outputs={outputs}", "data.share=0.05", "training.trees=30"]
    return load(settings=[*settings, "gate.at_least={roc_auc: 0.6}"], use_case="flights")


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


def test_all_of_the_data_train_a_good_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = load(settings=[f"backend.outputs={tmp_path}"], use_case="flights")
    train.train(configuration)
    assert "336,776 flights, 26,115 weather; 1 known defect corrected" in capsys.readouterr().out
    model = connect(configuration).registry.find(configuration.model)
    assert model is not None
    assert float(model.tags["metric.roc_auc"]) > 0.70
    assert float(model.tags["metric.average_precision"]) > 0.44
