"""What tests of `invoke new` share: they study data in the one database of the tests."""

from collections.abc import Callable

import duckdb
import pytest

from operation.execution.new.asked import Asked
from operation.execution.new.new import Studied, study_in

Study = Callable[[Asked], Studied]


@pytest.fixture
def study(connection: duckdb.DuckDBPyConnection) -> Study:
    """Do what `study` does, without tables of before each time; what it made is there until the next time."""

    def study_once(asked: Asked) -> Studied:
        connection.execute("DROP SCHEMA test CASCADE; CREATE SCHEMA test; SET schema = 'test'")
        return study_in(connection, asked)

    return study_once
