"""Measure accepted data: the facts of each table, and what the standard corruptions change of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.execution.expectations import corruptions
from operation.execution.expectations.candidates import dependency, rows_a_day
from operation.execution.expectations.facts import (
    BATCH,
    Expectation,
    Facts,
    columns_of,
    day_of,
    describe,
    key_of,
    parameters_of,
    quoted,
)
from operation.execution.expectations.suites import Suite
from operation.execution.temporary import temporary_folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Files = Mapping[str, Sequence[Path]]


@contextmanager
def opened(files: Files, threads: int = 1, memory_mb: int = 1000) -> Iterator["DuckDBPyConnection"]:
    """Open tables in parquet files, each as a view of its name."""
    import duckdb

    with temporary_folder() as spill:
        settings: dict[str, Any] = {"threads": threads, "memory_limit": f"{memory_mb}MB", "temp_directory": str(spill)}
        with duckdb.connect(config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'")  # else the day of a moment depends on the machine
            for name, parts in files.items():
                relation = connection.read_parquet([str(part) for part in parts], hive_partitioning=False)
                relation.create_view(_view(name))
            yield connection


def measure_table(connection: "DuckDBPyConnection", suite: Suite, time: str) -> Facts:
    """Describe all of a table: its columns, days and dependent columns, and the expectations of its suite."""
    _show(connection, suite.table)
    columns, meta = columns_of(connection), suite.content.get("meta") or {}
    day = day_of(meta, columns, time)
    facts = describe(connection, columns, [*suite.expectations, *rows_a_day(day, columns)], day, follows=True)
    facts["day"], facts["parameters"] = day, parameters_of(connection, meta)
    held = {key_of(dependency(first, second)): 0.0 for first, second in facts["follows"]}
    return {**facts, "checks": {**held, **facts.get("checks", {})}}


def measure_corruptions(
    connection: "DuckDBPyConnection", suite: Suite, facts: Mapping[str, Any], share: float
) -> dict[str, Any]:
    """Corrupt the newest rows of a table in every standard way, and measure the expectations that there may be."""
    _show(connection, suite.table)
    followed = [dependency(first, second) for first, second in facts["follows"]]
    asked: list[Expectation] = [*suite.expectations, *rows_a_day(facts["day"], facts["columns"]), *followed]
    columns = {name: each["kind"] for name, each in facts["columns"].items()}
    found = corruptions.measure(connection, columns, asked, facts["day"])
    known = {"parameters": facts["parameters"], "day": facts["day"]}
    return {**found, "clean": {**found["clean"], **known}, "share": share}


def _view(table: str) -> str:
    """Name the view of a table; queries call the rows that they are about `batch`, which may be a table's name, too."""
    return table if table != BATCH else f"__{BATCH}"


def _show(connection: "DuckDBPyConnection", table: str) -> None:
    connection.execute(f"CREATE OR REPLACE VIEW {BATCH} AS SELECT * FROM {quoted(_view(table))}")
