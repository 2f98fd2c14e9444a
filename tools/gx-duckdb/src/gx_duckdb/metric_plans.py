"""Plan how DuckDB computes each metric that Great Expectations asks for, or leave it to pandas."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gx_duckdb.duplicates import Duplicates
from gx_duckdb.metrics import AGGREGATES, UNEXPECTED, Column, Kwargs, describe_column
from gx_duckdb.rows import QUERY_VALUE, Rows

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_SAMPLES = 200  # as many offending values as Great Expectations keeps of one metric


class Deferred:
    """Stand in for a column of values or conditions, one a row, which no planned metric needs.

    Great Expectations derives counts and samples from such columns. Computing them would load every row, so it is put
    off until a metric that is left to pandas asks for one.
    """


@dataclass(frozen=True)
class Plan:
    """How to compute a metric: `aggregates`, by one query together with those of other metrics, then `answer`."""

    answer: Callable[[Rows], Any]
    aggregates: Sequence[str] = ()


@dataclass(frozen=True)
class Unexpected:
    """The rows that break an expectation: how many, out of how many, and a sample of the first."""

    count: Plan
    out_of: Plan
    sample: Callable[[Rows, int], "DataFrame"]


def plan(name: str, domain: Kwargs, values: Kwargs, rows: Rows) -> Plan | None:
    """Plan a metric, by its name, its domain and its arguments; None if it is left to pandas."""
    if domain.get("row_condition") or domain.get("table"):
        return None  # a condition is written in pandas' own language
    if name == "table.row_count":
        return _aggregate("count(*)")
    if name == QUERY_VALUE:
        return Plan(lambda rows: rows.query(values["query"]))
    if name == "table.column_types":
        return Plan(lambda rows: [{"name": name, "type": kind} for name, kind in rows.frame.dtypes.items()])
    columns = list_columns(domain)
    if not columns or not set(columns) <= set(rows.schema.names):
        return None
    if name in AGGREGATES:
        return _plan_number(name, columns[0], rows)
    # The metrics of a test of rows are its name and a part: "column_values.in_set.unexpected_count" and so on.
    about, _, part = name.rpartition(".")
    if part == "map":
        return _constant(Deferred()) if about == "column_values.value_length" else None
    unexpected = _plan_unexpected(about, columns, domain, values, rows)
    return _plan_part(part, unexpected, values.get("result_format") or {}) if unexpected else None


def list_columns(domain: Mapping[str, Any]) -> list[str]:
    """List the columns that the domain of a metric names."""
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


def _plan_unexpected(
    about: str, columns: Sequence[str], domain: Kwargs, values: Kwargs, rows: Rows
) -> Unexpected | None:
    if about == "compound_columns.unique":
        return _plan_duplicates(columns, domain.get("ignore_row_if"), rows)
    if about == "column_values.unique":
        return _plan_duplicates(columns, "any_value_is_missing", rows)
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


def _plan_duplicates(columns: Sequence[str], ignored: str | None, rows: Rows) -> Unexpected | None:
    joined = {"all_values_are_missing": " AND ", "any_value_is_missing": " OR "}.get(ignored or "")
    # pandas cannot hash nested values, so its own error is the right result.
    nested = any(pa.types.is_nested(rows.stored.field(column).type) for column in columns)
    if nested or (joined is None and ignored != "never"):
        return None
    described = [_column(rows, column) for column in columns]
    kept = f"NOT ({joined.join(column.null for column in described)})" if joined else "TRUE"
    duplicates, out_of = Duplicates(described, kept), _aggregate(f"count_if({kept})")
    return Unexpected(Plan(duplicates.count, out_of.aggregates), out_of, duplicates.sample)


def _plan_part(part: str, unexpected: Unexpected, wanted: Kwargs) -> Plan | None:
    if part == "condition":
        return _constant(Deferred())
    if part == "unexpected_count":
        return unexpected.count
    if part == "filtered_row_count":
        return unexpected.out_of
    if wanted.get("result_format") == "COMPLETE" or wanted.get("unexpected_index_column_names"):
        return None
    if part == "unexpected_index_query":  # shown in complete results only
        return None if wanted.get("return_unexpected_index_query") else _constant(None)
    if part not in ("unexpected_values", "unexpected_index_list"):
        return None
    limit = min(wanted["partial_unexpected_count"], MOST_SAMPLES)

    def answer(rows: Rows) -> Any:
        # Good data end here: the sample is another query over the file.
        if not unexpected.count.answer(rows):
            return []
        sample = unexpected.sample(rows, limit)
        if part == "unexpected_index_list":
            return sample.index.to_list()
        return sample.to_dict("records") if len(sample.columns) > 1 else list(sample.iloc[:, 0])

    return Plan(answer, unexpected.count.aggregates)


def _constant(value: object) -> Plan:
    return Plan(lambda _: value)
