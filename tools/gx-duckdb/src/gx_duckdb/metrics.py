"""Translate Great Expectations' metrics into SQL: tables from a metric's name to what DuckDB computes for it.

Only what certainly gives the same result as pandas is translated; for anything else the functions return None, and
pandas computes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from gx_duckdb import sql

Kwargs = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column as SQL; `nan` is the test for NaN, which pandas takes as missing, or None where there can be none."""

    name: str
    sql: str
    kind: Literal["number", "text", "time", "other"]
    nan: str | None = None

    @property
    def null(self) -> str:
        """Test for a missing value."""
        return f"({self.sql} IS NULL OR {self.nan})" if self.nan else f"({self.sql} IS NULL)"

    @property
    def key(self) -> str:
        """Give the value a form in which equal values compare as equal, and NaN as null."""
        return f"CASE WHEN {self.nan} THEN NULL ELSE {self.sql} END" if self.nan else self.sql

    def but_nan(self, condition: str) -> str:
        """Exclude NaN, which DuckDB takes as greater than any number; null needs no exclusion, for it meets nothing."""
        return f"(({condition}) AND NOT {self.nan})" if self.nan else f"({condition})"


def describe_column(name: str, kind: pa.DataType) -> Column:
    """Describe the column of this name that is stored with the type `kind`."""
    quoted = sql.identifier(name)
    if pa.types.is_floating(kind):
        return Column(name, quoted, "number", f"isnan({quoted})")
    if pa.types.is_integer(kind):
        return Column(name, quoted, "number")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return Column(name, quoted, "text")
    if pa.types.is_date(kind):
        return Column(name, f"CAST({quoted} AS TIMESTAMPTZ)", "time")
    if pa.types.is_timestamp(kind) and kind.tz and kind.unit != "ns":
        return Column(name, quoted, "time")
    return Column(name, quoted, "other")


def _outside(value: str, bounds: Sequence[object], kwargs: Kwargs) -> str | None:
    """Test for a value that is not between a lower and an upper bound, of which either may be None."""
    signs = ">" if kwargs.get("strict_min") else ">=", "<" if kwargs.get("strict_max") else "<="
    parts = [(sign, sql.literal(bound)) for sign, bound in zip(signs, bounds, strict=True) if bound is not None]
    if not parts or not all(bound for _, bound in parts):
        return None
    return f"NOT ({' AND '.join(f'{value} {sign} {bound}' for sign, bound in parts)})"


def _not_between(column: Column, kwargs: Kwargs) -> str | None:
    bounds = [kwargs.get("min_value"), kwargs.get("max_value")]
    if column.kind == "time":
        bounds = [_parse_time(bound) for bound in bounds]
    wanted = {"number": (int, float), "time": (datetime,)}.get(column.kind, ())
    given = [bound for bound in bounds if bound is not None]
    if not all(isinstance(bound, wanted) for bound in given) or given != sorted(given):
        return None
    return _outside(column.sql, bounds, kwargs)


def _parse_time(value: object) -> object:
    """Parse a text as a time with a zone; return anything else unchanged."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return time if isinstance(time, datetime) and time.tzinfo else value


def _not_of_length(column: Column, kwargs: Kwargs) -> str | None:
    bounds = kwargs.get("min_value"), kwargs.get("max_value")
    return _outside(f"length({column.sql})", bounds, kwargs) if column.kind == "text" else None


def _in_set(column: Column, kwargs: Kwargs) -> str | None:
    values = kwargs.get("value_set") or []
    wanted = {"number": (int, float), "text": (str,)}.get(column.kind, ())
    members = sql.literals(values) if all(isinstance(value, wanted) for value in values) else None
    return f"{column.sql} IN ({members})" if members else None


def _match(column: Column, kwargs: Kwargs) -> str | None:
    regex = sql.literal(kwargs["regex"]) if isinstance(kwargs.get("regex"), str) else None
    return f"regexp_matches({column.sql}, {regex})" if regex and column.kind == "text" else None


def _negate(condition: str | None) -> str | None:
    return condition and f"NOT ({condition})"


# Metrics of single rows, by name: the test for an unexpected value among those that are not missing.
UNEXPECTED: dict[str, Callable[[Column, Kwargs], str | None]] = {
    "column_values.between": _not_between,
    "column_values.value_length.between": _not_of_length,
    "column_values.in_set": lambda column, kwargs: _negate(_in_set(column, kwargs)),
    "column_values.not_in_set": _in_set,
    "column_values.match_regex": lambda column, kwargs: _negate(_match(column, kwargs)),
    "column_values.not_match_regex": _match,
}
# Metrics of a column of numbers, by name: the aggregate, and its value where every value is missing.
AGGREGATES: dict[str, tuple[str, float]] = {
    "column.standard_deviation": ("stddev_samp", float("nan")),
    "column.mean": ("avg", float("nan")),
    "column.median": ("median", float("nan")),
    "column.min": ("min", float("nan")),
    "column.max": ("max", float("nan")),
    "column.sum": ("sum", 0),
}
# Great Expectations computes these itself, but given the distinct values of the column alone.
OF_DISTINCT_VALUES = {
    "column.distinct_values",
    "column.distinct_values.count",
    "column.distinct_values.count.under_threshold",
    "column.distinct_values.not_in_set",
    "column.distinct_values.not_in_set.count",
    "column.distinct_values.missing_from_column",
    "column.distinct_values.missing_from_column.count",
}
