"""One database for all tests of `invoke new`: to open one takes longer than most of them do."""

from collections.abc import Callable, Iterator

import duckdb
import pytest

from operation.execution.new.asked import Asked
from operation.execution.new.new import CONNECTION, Studied, study_in

Study = Callable[[Asked], Studied]


@pytest.fixture(scope="session")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database, set as that of `study`."""
    with duckdb.connect(config=CONNECTION) as connection:
        yield connection


@pytest.fixture
def study(database: duckdb.DuckDBPyConnection) -> Iterator[Study]:
    """Study data as `study` does, in a schema of its own each time; the tables are there until the test ends."""
    made: list[str] = []

    def study_once(asked: Asked) -> Studied:
        made.append(f"study_{len(made)}")
        database.execute(f"CREATE SCHEMA {made[-1]}; SET schema = {made[-1]}")
        return study_in(database, asked)

    yield study_once
    database.execute("SET schema = main")
    for name in made:
        database.execute(f"DROP SCHEMA {name} CASCADE")
