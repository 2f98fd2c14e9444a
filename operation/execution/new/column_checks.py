"""Mine from the profile of a column what must hold for it: its type, nulls, range and values, with slack."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from operation.execution.new.naming import digits
from operation.execution.new.profile import FEW, ISO, Column, round_digits

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
YEARS = 10  # that a day may lie after the last one seen
REGEX = {"%Y": r"\d{4}", "%y": r"\d{2}", "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}", "%p": "[AaPp][Mm]"}
REGEX |= dict.fromkeys(("%d", "%m", "%H", "%I", "%M", "%S"), r"\d{1,2}")
CALENDAR = re.compile(r"(^|[_ ])(month|week|day|weekday|quarter|season|monat|woche|quartal)s?$", re.IGNORECASE)
BETWEEN = "expect_column_values_to_be_between"


def expect(
    kind: str, severity: Severity, note: str = "", meta: Mapping[str, Any] | None = None, **kwargs: Any
) -> Expectation:
    """Make an expectation as a suite holds it; `kwargs` are its own arguments."""
    noted = {"notes": note} if note else {}
    return {"kwargs": kwargs, "meta": dict(meta or {}), **noted, "severity": severity, "type": kind}


def column_checks(
    column: Column, *, strict: bool, target: bool = False, kind: str | None = None
) -> Iterator[Expectation]:
    """Yield the expectations on one column; a strict one is never null."""
    if column.kind == "other" or not column.filled:
        return
    name = column.name
    whole = column.kind == "integer" and not column.nulls
    yield expect(
        "expect_column_values_to_be_of_type",
        "critical",
        column=name,
        type_="float64" if column.kind == "integer" and not whole else TYPES[column.kind],
    )
    yield from _nulls(column, strict)
    if column.kind in ("integer", "number") and not strict:
        yield from number_checks(
            column, as_category=kind == "category" or (kind is None and column.distinct <= FEW), target=target
        )
    if column.kind == "text" and not strict and not column.date_format:
        yield from _texts(column)
    if column.kind in ("date", "time"):
        yield from _days(column)
    if column.date_format:
        yield expect(
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
        yield expect("expect_column_values_to_not_be_null", "critical", column=column.name)
    elif share < MOST_NULLS:
        mostly = math.floor(max(0.05, 1 - share * 1.5 - 0.02) * 1000) / 1000
        yield expect(
            "expect_column_values_to_not_be_null",
            "critical",
            f"{share:.1%} are empty now.",
            column=column.name,
            mostly=mostly,
        )


def number_checks(column: Column, *, as_category: bool, target: bool) -> Iterator[Expectation]:
    """Yield a wide range that stops a run; then what was seen, be it values or their range and mean, which warns."""
    if column.counts_years:  # as with days, later ones are no news
        first, last = (int(end) for end in _ends(column))
        seen = f"{first} to {last} now."
        yield expect(BETWEEN, "critical", seen, column=column.name, min_value=first - YEARS, max_value=last + YEARS)
        return
    yield _possible(column)
    if as_category and not target and column.distinct <= MOST_VALUES:
        yield from _in_set(column)
    elif not column.infinite:  # which lie outside of any range: they would warn for ever
        yield _seen(column)
        if column.deviation:
            yield _mean(column)


def _possible(column: Column) -> Expectation:
    """Return the range that was seen, and as much again on both sides; no negative values if none were seen."""
    least, greatest = _ends(column)
    room = (greatest - least) or abs(greatest) or 1.0
    low = least - room if least < 0 else max(0.0, least - room)
    tolerated: dict[str, Any] = {}
    if column.infinite:
        tolerated["mostly"] = 1 - math.ceil(2 * column.infinite / column.rows * 1000) / 1000
    seen = f"{digits(least)} to {digits(greatest)} now."
    return expect(BETWEEN, "critical", seen, column=column.name, **_bounds(low, greatest + room), **tolerated)


def _seen(column: Column) -> Expectation:
    bounds = _bounds(*_ends(column))
    return expect(BETWEEN, "warning", "Outside of what was seen.", column=column.name, **bounds, mostly=0.99)


def _mean(column: Column) -> Expectation:
    slack = column.deviation * (0.5 + 4 / math.sqrt(column.filled))
    bounds = _bounds(column.mean - slack, column.mean + slack)
    return expect(
        "expect_column_mean_to_be_between", "warning", f"{digits(column.mean)} now.", column=column.name, **bounds
    )


def _ends(column: Column) -> tuple[float, float]:
    return float(column.least or 0), float(column.greatest or 0)


def _bounds(least: float, greatest: float) -> dict[str, Any]:
    """Return the arguments of a range, rounded outwards."""
    return {
        "min_value": round_digits(least, math.floor, DIGITS),
        "max_value": round_digits(greatest, math.ceil, DIGITS),
    }


def _texts(column: Column) -> Iterator[Expectation]:
    if column.distinct <= min(MOST_VALUES, len(column.top)):
        yield from _in_set(column)
        return
    yield expect(
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
    yield expect(kind, "warning", "A new value is news, not a defect.", column=column.name, value_set=values)
    if not CALENDAR.search(column.name):  # of which the next months have others
        note = "So many new values are a defect."
        yield expect(kind, "critical", note, column=column.name, value_set=values, mostly=0.9)


def _days(column: Column) -> Iterator[Expectation]:
    """Yield the range of days: new data have later ones, so the end is far; a wrong century is beyond it."""
    first, last = str(column.least), str(column.greatest)
    yield expect(
        BETWEEN,
        "critical",
        f"{first} to {last} now.",
        column=column.name,
        min_value=f"{max(1, int(first[:4]) - YEARS):04}-01-01T00:00:00+00:00",
        max_value=f"{min(9999, int(last[:4]) + YEARS):04}-12-31T00:00:00+00:00",
    )


def _regex(date_format: str) -> str:
    if date_format == ISO:
        return r"^\d{4}-\d{2}-\d{2}"
    pattern = date_format.replace(".", r"\.")
    for word, regex in REGEX.items():
        pattern = pattern.replace(word, regex)
    return f"^{pattern}$"
