"""What tests of `invoke new` share: they study data in the one database of the tests."""

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pytest

from operation.execution.new.asked import Asked
from operation.execution.new.new import Studied, study_in
from operation.execution.new.profile import Column, describe_column

Study = Callable[[Asked], Studied]


DESCRIBED: dict[tuple[str, ...], Column] = {}


def describe_once(
    connection: duckdb.DuckDBPyConnection, table: str, field: pa.Field, values: pa.ChunkedArray
) -> Column:
    """Describe a column as `describe_column` does: tests share most of theirs, and one takes milliseconds."""
    key = (field.name, str(field.type), repr(values.to_pylist()))
    if key not in DESCRIBED:
        DESCRIBED[key] = describe_column(connection, table, field, values)
    return DESCRIBED[key]


@pytest.fixture
def study(connection: duckdb.DuckDBPyConnection) -> Study:
    """Do what `study` does, without tables of before each time; what it made is there until the next time."""

    def study_once(asked: Asked) -> Studied:
        connection.execute("DROP SCHEMA test CASCADE; CREATE SCHEMA test; SET schema = 'test'")
        return study_in(connection, asked, describe_once)

    return study_once
