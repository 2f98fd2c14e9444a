"""Mine suites of Great Expectations from the data: what holds now, with slack for what comes.

`critical` stops a run: another type, lost columns, values far beyond all that was seen. `warning` is what people should
know and may be right: a new category, a mean that has moved, a day without rows.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_URL, uuid5

from operation.execution.new.asked import Plan
from operation.execution.new.profile import FEW, ISO, Column, Table, as_date, quoted, round_digits

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Expectation = dict[str, Any]
Severity = Literal["critical", "warning"]
TYPES = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "text": "str",
    "date": "Timestamp",
    "time": "Timestamp",
}
MOST_VALUES = 50  # of a category, to list them
MOST_NULLS = 0.9
DIGITS = 4  # of a bound, rounded away from what was seen
DEPENDENT = 15  # columns of which each two are compared
ROWS_PER_VALUE = 20  # else one column would follow from another by chance
YEARS = 10  # that a day may lie after the last one seen
REGEX = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%Y": r"\d{4}", "%b": "[A-Za-z]{3}"}


def suite(name: str, expectations: Iterable[Expectation]) -> str:
    """Write a suite as Great Expectations does; ids follow from the content, so the same data give the same file."""
    from importlib.metadata import version

    listed = list(expectations)
    for expectation in listed:
        content = json.dumps([expectation["type"], expectation["kwargs"], expectation["severity"]], sort_keys=True)
        expectation["id"] = str(uuid5(NAMESPACE_URL, f"{name}/{content}"))
    whole = {
        "expectations": listed,
        "id": str(uuid5(NAMESPACE_URL, name)),
        "meta": {"great_expectations_version": version("great_expectations")},
        "name": name,
        "notes": None,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def raw_suite(plan: Plan, table: Table, connection: "DuckDBPyConnection") -> list[Expectation]:
    """Return what must hold for a raw table: for the columns that are read, and which columns there are."""
    used = [table.columns[name] for name in plan.raw[table.name]]
    main = table.name == plan.main
    unique = plan.keys if main else next(join.on for join in plan.joins if join.table == table.name)
    strict = {*unique, *((plan.time,) if plan.time and not plan.time_format else ())}
    found = [
        _row_count(table.rows),
        _expect(
            "expect_table_columns_to_match_set",
            "critical",
            "Every one of these is read.",
            column_set=list(plan.raw[table.name]),
            exact_match=False,
        ),
        _expect(
            "expect_table_columns_to_match_set",
            "warning",
            "Another column is passed over: no feature is made of it.",
            column_set=list(table.columns),
        ),
    ]
    for column in used:
        found += _column(column, strict=column.name in strict, target=main and column.name == plan.target)
    if main and plan.time:
        found += _time(plan, table.columns[plan.time], connection, quoted(table.name))
    found += _unique(unique)
    return found + list(_dependencies(used, connection, table))


def features_suite(plan: Plan, table: Table, columns: Sequence[str]) -> list[Expectation]:
    """Return what must hold for the prepared rows: exactly these columns, and the target as the task wants it."""
    found = [
        _row_count(table.rows),
        _expect(
            "expect_table_columns_to_match_set",
            "critical",
            "Exactly the keys, the features and the target: a column known only afterwards would leak it.",
            column_set=list(columns),
        ),
    ]
    for name in columns:
        column = table.columns[name]
        if name == plan.target:
            found += _target(plan, column)
        else:
            found += _column(column, strict=name in plan.identity, kind=plan.features.get(name))
    return found + _unique(plan.keys)


def _expect(
    kind: str, severity: Severity, note: str = "", meta: Mapping[str, Any] | None = None, **kwargs: Any
) -> Expectation:
    noted = {"notes": note} if note else {}
    return {"kwargs": kwargs, "meta": dict(meta or {}), **noted, "severity": severity, "type": kind}


def _row_count(rows: int) -> Expectation:
    kind = "expect_table_row_count_to_be_between"
    return _expect(kind, "critical", f"{rows:,} rows now.", min_value=max(1, rows // 2))


def _column(column: Column, *, strict: bool, target: bool = False, kind: str | None = None) -> Iterator[Expectation]:
    """Yield the expectations on one column; a strict one is never null."""
    if column.kind == "other" or not column.filled:
        return
    name = column.name
    whole = column.kind == "integer" and not column.nulls
    yield _expect(
        "expect_column_values_to_be_of_type",
        "critical",
        column=name,
        type_="float64" if column.kind == "integer" and not whole else TYPES[column.kind],
    )
    yield from _nulls(column, strict)
    if column.kind in ("integer", "number") and not strict:
        yield from _numbers(
            column, as_category=kind == "category" or (kind is None and column.distinct <= FEW), target=target
        )
    if column.kind == "text" and not strict and not column.date_format:
        yield from _texts(column)
    if column.kind in ("date", "time"):
        yield from _days(column)
    if column.date_format:
        yield _expect(
            "expect_column_values_to_match_regex",
            "critical",
            f"Days as {column.date_format}.",
            column=name,
            regex=_regex(column.date_format),
            mostly=0.95,
        )


def _nulls(column: Column, strict: bool) -> Iterator[Expectation]:
    share = column.nulls / column.rows
    if strict and not column.nulls:
        yield _expect("expect_column_values_to_not_be_null", "critical", column=column.name)
    elif share < MOST_NULLS:
        mostly = math.floor(max(0.05, 1 - share * 1.5 - 0.02) * 1000) / 1000
        yield _expect(
            "expect_column_values_to_not_be_null",
            "critical",
            f"{share:.1%} are empty now.",
            column=column.name,
            mostly=mostly,
        )


def _numbers(column: Column, *, as_category: bool, target: bool) -> Iterator[Expectation]:
    """Yield a wide range that stops a run, and the range and the mean that were seen, which warn."""
    least, greatest = float(column.least or 0), float(column.greatest or 0)
    room = (greatest - least) or abs(greatest) or 1.0
    low = least - room if least < 0 else max(0.0, least - room)
    seen = f"{least:.6g} to {greatest:.6g} now."
    kind = "expect_column_values_to_be_between"
    allowed = 1 - math.ceil(2 * column.infinite / column.rows * 1000) / 1000 if column.infinite else 1
    tolerated: dict[str, Any] = {"mostly": allowed} if column.infinite else {}
    yield _expect(
        kind,
        "critical",
        seen,
        column=column.name,
        min_value=round_digits(low, math.floor, DIGITS),
        max_value=round_digits(greatest + room, math.ceil, DIGITS),
        **tolerated,
    )
    if as_category and not target and column.distinct <= MOST_VALUES:
        yield from _in_set(column)
        return
    if column.infinite:  # which lie outside of any range: they would warn for ever
        return
    yield _expect(
        kind,
        "warning",
        "Outside of what was seen.",
        column=column.name,
        min_value=round_digits(least, math.floor, DIGITS),
        max_value=round_digits(greatest, math.ceil, DIGITS),
        mostly=0.99,
    )
    if column.deviation:
        slack = column.deviation * (0.5 + 4 / math.sqrt(column.filled))
        yield _expect(
            "expect_column_mean_to_be_between",
            "warning",
            f"{column.mean:.6g} now.",
            column=column.name,
            min_value=round_digits(column.mean - slack, math.floor, DIGITS),
            max_value=round_digits(column.mean + slack, math.ceil, DIGITS),
        )


def _texts(column: Column) -> Iterator[Expectation]:
    if column.distinct <= min(MOST_VALUES, len(column.top)):
        yield from _in_set(column)
        return
    yield _expect(
        "expect_column_unique_value_count_to_be_between",
        "warning",
        f"{column.distinct:,} now.",
        column=column.name,
        min_value=max(1, column.distinct // 3),
        max_value=column.distinct * 3,
    )


def _in_set(column: Column) -> Iterator[Expectation]:
    kind, values = "expect_column_values_to_be_in_set", sorted(value for value, _ in column.top)
    values = [int(value) if isinstance(value, float) and value.is_integer() else value for value in values]
    yield _expect(kind, "warning", "A new value is news, not a defect.", column=column.name, value_set=values)
    yield _expect(
        kind, "critical", "So many new values are a defect.", column=column.name, value_set=values, mostly=0.9
    )


def _days(column: Column) -> Iterator[Expectation]:
    """Yield the range of days: new data bring later ones, so the end is far; a wrong century is beyond it."""
    first, last = str(column.least), str(column.greatest)
    yield _expect(
        "expect_column_values_to_be_between",
        "critical",
        f"{first} to {last} now.",
        column=column.name,
        min_value=f"{int(first[:4]) - YEARS:04}-01-01T00:00:00+00:00",
        max_value=f"{int(last[:4]) + YEARS:04}-12-31T00:00:00+00:00",
    )


def _time(plan: Plan, column: Column, connection: "DuckDBPyConnection", table: str) -> Iterator[Expectation]:
    """Yield that hardly any day between the first and the last is without rows, if that is so now."""
    day = as_date(quoted(column.name), plan.time_format) if plan.time_format else f"CAST({quoted(column.name)} AS DATE)"
    query = f"SELECT date_diff('day', min(d), max(d)) + 1 - count(DISTINCT d) FROM (SELECT {day} AS d FROM {{batch}})"
    span = f"SELECT date_diff('day', min(d), max(d)) + 1 FROM (SELECT {day} AS d FROM {table})"
    missing, days = (_value(connection, each.replace("{batch}", table)) for each in (query, span))
    if missing <= days / 3:
        yield _expect(
            "expect_query_value_to_be_between",
            "warning",
            f"{missing} of {days:,} days now.",
            measure="days without a row between the first and the last",
            meta={"date_format": plan.time_format} if plan.time_format not in ("", ISO) else {},
            column_list=[column.name],
            query=query,
            max_value=missing + max(2, math.ceil(missing * 0.5)),
        )


def _unique(columns: Sequence[str]) -> list[Expectation]:
    if len(columns) == 1:
        return [_expect("expect_column_values_to_be_unique", "critical", column=columns[0])]
    return [_expect("expect_compound_columns_to_be_unique", "critical", column_list=list(columns))] if columns else []


def _dependencies(columns: Sequence[Column], connection: "DuckDBPyConnection", table: Table) -> Iterator[Expectation]:
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
            yield _expect(
                "expect_query_value_to_be_between",
                "warning",
                "None now.",
                query=query,
                max_value=0,
                measure=f"values of {first.name} with several values of {second.name}",
                column_list=[first.name, second.name],
            )


def _target(plan: Plan, column: Column) -> Iterator[Expectation]:
    name = column.name
    yield _expect("expect_column_values_to_not_be_null", "critical", column=name)
    if plan.task == "binary":
        share = column.mean
        yield _expect("expect_column_values_to_be_in_set", "critical", column=name, value_set=[0, 1])
        yield _expect(
            "expect_column_mean_to_be_between",
            "critical",
            f"The share is {share:.1%} now.",
            column=name,
            min_value=round_digits(share / 2, math.floor, DIGITS),
            max_value=round_digits(1 - (1 - share) / 2, math.ceil, DIGITS),
        )
    elif plan.task == "multiclass":
        yield _expect(
            "expect_column_distinct_values_to_equal_set",
            "critical",
            "Training and test part together have every class.",
            column=name,
            value_set=list(plan.classes),
        )
    else:
        yield from _numbers(column, as_category=False, target=True)


def _regex(date_format: str) -> str:
    if date_format == ISO:
        return r"^\d{4}-\d{2}-\d{2}"
    pattern = date_format.replace(".", r"\.")
    for word, regex in REGEX.items():
        pattern = pattern.replace(word, regex)
    return f"^{pattern}$"


def _value(connection: "DuckDBPyConnection", query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0] or 0)
