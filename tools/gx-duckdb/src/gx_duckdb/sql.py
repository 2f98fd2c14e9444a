"""Quote names and values for DuckDB's SQL: whatever they hold, they stay names and values."""

import re
from collections.abc import Iterable
from datetime import datetime
from math import isnan
from pathlib import Path

EXACT = 2**53  # below it, every whole number is exact as a float


def identifier(name: str) -> str:
    """Quote the name of a column."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str | None:
    """Write a text, a number or a time with a zone; None for NaN and for any other kind of value."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < EXACT:
            return str(int(value))  # a float would make DuckDB convert a whole column of integers to compare it
        return None if isnan(value) else f"CAST('{value!r}' AS DOUBLE)"
    if isinstance(value, datetime) and value.tzinfo:
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    return repr(value) if isinstance(value, int) and not isinstance(value, bool) else None


def literals(values: Iterable[object]) -> str | None:
    """Write a list of values; None when it is empty or one of them has no literal."""
    parts = [literal(value) for value in values]
    return ", ".join(filter(None, parts)) if parts and all(parts) else None


def escape(file: Path) -> str:
    """Write a path so that DuckDB does not take it for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(file))
