"""Mine suites of Great Expectations from the data: what holds now, with slack for what comes.

`critical` stops a run: another type, lost columns, values far beyond all that was seen. `warning` is what people should
know and may be right: a new category, a mean that has moved, a day without rows.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from operation.execution.new.asked import Plan
from operation.execution.new.column_checks import DIGITS, Expectation, column_checks, expect, number_checks
from operation.execution.new.profile import Column, Table, quoted, round_digits
from operation.execution.new.row_checks import dependency_checks, time_checks, unique_checks

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


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
        expect(
            "expect_table_columns_to_match_set",
            "critical",
            "Every one of these is read.",
            column_set=list(plan.raw[table.name]),
            exact_match=False,
        ),
        expect(
            "expect_table_columns_to_match_set",
            "warning",
            "Another column is passed over: no feature is made of it.",
            column_set=list(table.columns),
        ),
    ]
    for column in used:
        found += column_checks(column, strict=column.name in strict, target=main and column.name == plan.target)
    if main and plan.time:
        found += time_checks(plan, table.columns[plan.time], connection, quoted(table.name))
    found += unique_checks(unique)
    return found + list(dependency_checks(used, connection, table))


def features_suite(plan: Plan, table: Table, columns: Sequence[str]) -> list[Expectation]:
    """Return what must hold for the prepared rows: exactly these columns, and the target as the task wants it."""
    found = [
        _row_count(table.rows),
        expect(
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
            found += column_checks(column, strict=name in plan.identity, kind=plan.features.get(name))
    return found + unique_checks(plan.keys)


def _row_count(rows: int) -> Expectation:
    kind = "expect_table_row_count_to_be_between"
    return expect(kind, "critical", f"{rows:,} rows now.", min_value=max(1, rows // 2))


def _target(plan: Plan, column: Column) -> Iterator[Expectation]:
    name = column.name
    yield expect("expect_column_values_to_not_be_null", "critical", column=name)
    if plan.task == "binary":
        share = column.mean
        yield expect("expect_column_values_to_be_in_set", "critical", column=name, value_set=[0, 1])
        yield expect(
            "expect_column_mean_to_be_between",
            "critical",
            f"The share is {share:.1%} now.",
            column=name,
            min_value=round_digits(share / 2, math.floor, DIGITS),
            max_value=round_digits(1 - (1 - share) / 2, math.ceil, DIGITS),
        )
    elif plan.task == "multiclass":
        yield expect(
            "expect_column_distinct_values_to_equal_set",
            "critical",
            "Training and test part together have every class.",
            column=name,
            value_set=list(plan.classes),
        )
    else:
        yield from number_checks(column, as_category=False, target=True)
