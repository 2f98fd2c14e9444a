"""How each metric that Great Expectations asks for is computed from rows by DuckDB, if it can be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gx_duckdb.metrics import AGGREGATES, UNEXPECTED, Column, Kwargs, describe_column
from gx_duckdb.repeated import Repeated
from gx_duckdb.rows import Rows

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_SAMPLES = 200  # that Great Expectations keeps of the values of one metric


class Deferred:
    """Stands for values or a condition of every row, which only a metric that is not planned needs."""


@dataclass(frozen=True)
class Plan:
    """How to compute a metric: aggregates, which are computed together with those of other metrics, and the rest."""

    answer: Callable[[Rows], Any]
    aggregates: Sequence[str] = ()


@dataclass(frozen=True)
class Unexpected:
    """The rows that an expectation does not want: how many, out of how many, and the first so many of them."""

    count: Plan
    out_of: Plan
    sample: Callable[[Rows, int], "DataFrame"]


def plan(name: str, domain: Kwargs, values: Kwargs, rows: Rows) -> Plan | None:
    """Plan a metric, by its name, its domain and its arguments; None if it is left to pandas."""
    if domain.get("row_condition") or domain.get("table"):
        return None
    if name == "table.row_count":
        return _aggregate("count(*)")
    if name == "table.column_types":
        return Plan(lambda rows: [{"name": name, "type": kind} for name, kind in rows.frame.dtypes.items()])
    columns = named_columns(domain)
    if not columns or not set(columns) <= set(rows.schema.names):
        return None
    if name in AGGREGATES:
        return _plan_number(name, columns[0], rows)
    about, _, part = name.rpartition(".")
    if part == "map":
        return _constant(Deferred()) if about == "column_values.value_length" else None
    unexpected = _find_unexpected(about, columns, domain, values, rows)
    return _plan_part(part, unexpected, values.get("result_format") or {}) if unexpected else None


def named_columns(domain: Mapping[str, Any]) -> list[str]:
    """The columns that the domain of a metric names."""
    columns = [domain.get("column"), domain.get("column_A"), domain.get("column_B"), *(domain.get("column_list") or [])]
    return [column for column in columns if column is not None]


def _column(rows: Rows, name: str) -> Column:
    return describe_column(name, rows.stored.field(name).type)


def _aggregate(expression: str) -> Plan:
    return Plan(lambda rows: rows.value(expression), (expression,))


def _plan_number(name: str, column_name: str, rows: Rows) -> Plan | None:
    column = _column(rows, column_name)
    function, of_nothing = AGGREGATES[name]
    expression = f"{function}({column.sql})" + (f" FILTER (NOT {column.nan})" if column.nan else "")

    def answer(rows: Rows) -> Any:
        value = rows.value(expression)
        return of_nothing if value is None else value

    return Plan(answer, (expression,)) if column.kind == "number" else None


def _find_unexpected(
    about: str, columns: Sequence[str], domain: Kwargs, values: Kwargs, rows: Rows
) -> Unexpected | None:
    if about == "compound_columns.unique":
        return _find_repeated(columns, domain.get("ignore_row_if"), rows)
    if about == "column_values.unique":
        return _find_repeated(columns, "any_value_is_missing", rows)
    column = _column(rows, columns[0])
    if about in ("column_values.nonnull", "column_values.null"):
        condition: str | None = column.null if about.endswith("nonnull") else f"(NOT {column.null})"
    else:
        found = UNEXPECTED[about](column, values) if about in UNEXPECTED else None
        condition = column.but_nan(found) if found else None
    if condition is None:
        return None

    def sample(rows: Rows, limit: int) -> "DataFrame":
        return rows.once(f"{limit} of {condition}", lambda: rows.sample(condition, columns, limit))

    return Unexpected(_aggregate(f"count_if({condition})"), _aggregate("count(*)"), sample)


def _find_repeated(columns: Sequence[str], ignored: str | None, rows: Rows) -> Unexpected | None:
    joined = {"all_values_are_missing": " AND ", "any_value_is_missing": " OR "}.get(ignored or "")
    nested = any(pa.types.is_nested(rows.stored.field(column).type) for column in columns)
    if nested or (joined is None and ignored != "never"):
        return None
    described = [_column(rows, column) for column in columns]
    kept = f"NOT ({joined.join(column.null for column in described)})" if joined else "TRUE"
    repeated, out_of = Repeated(described, kept), _aggregate(f"count_if({kept})")
    return Unexpected(Plan(repeated.count, out_of.aggregates), out_of, repeated.sample)


def _plan_part(part: str, unexpected: Unexpected, wanted: Kwargs) -> Plan | None:
    if part == "condition":
        return _constant(Deferred())
    if part == "unexpected_count":
        return unexpected.count
    if part == "filtered_row_count":
        return unexpected.out_of
    if wanted.get("result_format") == "COMPLETE" or wanted.get("unexpected_index_column_names"):
        return None
    if part == "unexpected_index_query":  # which only a complete result shows
        return None if wanted.get("return_unexpected_index_query") else _constant(None)
    if part not in ("unexpected_values", "unexpected_index_list"):
        return None
    limit = min(wanted["partial_unexpected_count"], MOST_SAMPLES)

    def answer(rows: Rows) -> Any:
        if not unexpected.count.answer(rows):
            return []
        sample = unexpected.sample(rows, limit)
        if part == "unexpected_index_list":
            return sample.index.to_list()
        return sample.to_dict("records") if len(sample.columns) > 1 else list(sample.iloc[:, 0])

    return Plan(answer, unexpected.count.aggregates)


def _constant(value: object) -> Plan:
    return Plan(lambda _: value)
