"""Mine what must hold between rows or columns: unique keys, days without a gap, one column that follows another."""

import math
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TYPE_CHECKING

from operation.execution.new.asked import Plan
from operation.execution.new.column_checks import Expectation, expect
from operation.execution.new.profile import ISO, Column, Table, as_date, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEPENDENT = 15  # columns of which each two are compared
ROWS_PER_VALUE = 20  # else one column would follow from another by chance


def time_checks(plan: Plan, column: Column, connection: "DuckDBPyConnection", table: str) -> Iterator[Expectation]:
    """Yield that hardly any day between the first and the last is without rows, if that is so now."""
    day = as_date(quoted(column.name), plan.time_format) if plan.time_format else f"CAST({quoted(column.name)} AS DATE)"
    query = f"SELECT date_diff('day', min(d), max(d)) + 1 - count(DISTINCT d) FROM (SELECT {day} AS d FROM {{batch}})"
    span = f"SELECT date_diff('day', min(d), max(d)) + 1 FROM (SELECT {day} AS d FROM {table})"
    missing, days = (_value(connection, each.replace("{batch}", table)) for each in (query, span))
    if missing <= days / 3:
        yield expect(
            "expect_query_value_to_be_between",
            "warning",
            f"{missing} of {days:,} days now.",
            measure="days without a row between the first and the last",
            meta={"date_format": plan.time_format} if plan.time_format not in ("", ISO) else {},
            column_list=[column.name],
            query=query,
            max_value=missing + max(2, math.ceil(missing * 0.5)),
        )


def unique_checks(columns: Sequence[str]) -> list[Expectation]:
    """Return that no two rows are equal in all of these columns; nothing for no columns."""
    if len(columns) == 1:
        return [expect("expect_column_values_to_be_unique", "critical", column=columns[0])]
    return [expect("expect_compound_columns_to_be_unique", "critical", column_list=list(columns))] if columns else []


def dependency_checks(
    columns: Sequence[Column], connection: "DuckDBPyConnection", table: Table
) -> Iterator[Expectation]:
    """Yield which column follows from another, as a city from its post code: that it no longer does is a warning."""
    fit = [
        each
        for each in columns
        if 2 <= each.distinct <= table.read / ROWS_PER_VALUE and each.kind in ("text", "integer")
    ]
    for first, second in permutations(fit[:DEPENDENT], 2):
        if first.distinct < second.distinct:
            continue
        query = (
            f"SELECT count(*) FROM (SELECT {quoted(first.name)} FROM {{batch}} GROUP BY 1 "
            f"HAVING count(DISTINCT {quoted(second.name)}) > 1)"
        )
        if _value(connection, query.replace("{batch}", quoted(table.name))) == 0:
            yield expect(
                "expect_query_value_to_be_between",
                "warning",
                "None now.",
                query=query,
                max_value=0,
                measure=f"values of {first.name} with several values of {second.name}",
                column_list=[first.name, second.name],
            )


def _value(connection: "DuckDBPyConnection", query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0] or 0)
