"""The replica of a tiny table: every flight many times, and no promise of the suite broken."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operation.tests.bench.replica import replicate

pytestmark = pytest.mark.unmeasured

HOURS = [datetime(2013, 1, 1, 5, tzinfo=UTC), datetime(2014, 1, 1, 4, tzinfo=UTC)]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    hours = pa.array(HOURS, pa.timestamp("us", tz="UTC"))
    columns = {"carrier": ["UA", "AA"], "flight": [1, 2], "tailnum": ["N142UA", None], "dep_delay": [4, None]}
    table = pa.table({**columns, "time_hour": hours})
    pq.write_table(table, folder / "flights.parquet")
    (folder / "weather.parquet").write_bytes(b"weather")
    return folder


def test_each_copy_of_a_flight_is_a_minute_after_the_one_before(raw: Path, tmp_path: Path) -> None:
    assert replicate(raw, tmp_path / "replica", copies=3) == 6
    flights = pq.read_table(tmp_path / "replica" / "flights.parquet").to_pylist()
    assert [(flight["flight"], flight["time_hour"]) for flight in flights] == [
        (number, hour + timedelta(minutes=copy)) for copy in range(3) for number, hour in enumerate(HOURS, start=1)
    ]
    assert [flight["dep_delay"] for flight in flights] == [4, None] * 3


def test_no_aircraft_is_at_two_places_at_once(raw: Path, tmp_path: Path) -> None:
    replicate(raw, tmp_path / "replica", copies=3)
    numbers = pq.read_table(tmp_path / "replica" / "flights.parquet")["tailnum"].to_pylist()
    assert numbers == ["A142UA", None, "B142UA", None, "C142UA", None]


def test_columns_and_types_are_those_of_the_flights(raw: Path, tmp_path: Path) -> None:
    replicate(raw, tmp_path / "replica")
    schemas = [pq.read_schema(folder / "flights.parquet") for folder in (raw, tmp_path / "replica")]
    flights, replica = ([(field.name, field.type) for field in schema] for schema in schemas)
    assert replica == flights


def test_twenty_copies_stay_within_the_year(raw: Path, tmp_path: Path) -> None:
    assert replicate(raw, tmp_path / "replica") == 40
    hours = pq.read_table(tmp_path / "replica" / "flights.parquet")["time_hour"].to_pylist()
    assert max(hours) < datetime(2014, 1, 1, 5, tzinfo=UTC)


def test_the_weather_is_the_same(raw: Path, tmp_path: Path) -> None:
    replicate(raw, tmp_path / "replica", copies=2)
    assert (tmp_path / "replica" / "weather.parquet").read_bytes() == b"weather"
