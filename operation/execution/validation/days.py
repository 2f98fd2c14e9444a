"""Compute the dates that bound a table: parameters of its suite, so that next year's data need no edit.

A suite says what the day of a row is: `"meta": {"days": "SELECT order_date AS day FROM {batch}"}`. Its expectations
may then have `{"$PARAMETER": "first_day"}` and the others below as a bound.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

# A wrong date among right ones is a day of a few rows: a day counts if it has this share of what a usual day has.
SHARE_OF_USUAL = 0.1
QUERY = """
WITH counts AS (SELECT day::DATE AS day, count(*) AS number FROM ({days}) WHERE day IS NOT NULL GROUP BY ALL)
SELECT [min(day), max(day)] FROM counts WHERE number >= $share * (SELECT median(number) FROM counts)
"""
# A day begins up to so many hours before it does in UTC, and ends up to so many after.
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)


def date_parameters(meta: Mapping[str, Any], query: Callable[[str], Any], now: datetime) -> dict[str, Any]:
    """Return the parameters by name; none for a suite whose `meta` does not say what a row's day is.

    `first_day` and `last_day` are midnights in UTC, `first_moment` and `last_moment` the bounds of these days in any
    zone, all as ISO 8601; `first_year` and `last_year` are numbers. Nothing is later than `now`. A table whose days
    cannot be found, since it has no rows or lacks a column, is bounded by `now` alone: that is another check's to find.
    """
    if "days" not in meta:
        return {}
    today = (now.astimezone(UTC) + EASTERNMOST).date()  # where it is latest
    first, last = _find_days(meta["days"], query)
    first, last = min(first, today), min(last, today)
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    earliest = begin - EASTERNMOST if first > date.min else begin
    latest = end + timedelta(days=1) + WESTERNMOST - timedelta(microseconds=1)
    return {
        "first_day": begin.isoformat(),
        "last_day": end.isoformat(),
        "first_year": first.year,
        "last_year": last.year,
        "first_moment": earliest.isoformat(),
        "last_moment": latest.isoformat(),
    }


def _find_days(days: str, query: Callable[[str], Any]) -> tuple[date, date]:
    """Return the first and the last day with about as many rows as a usual one."""
    from gx_duckdb import QueryError

    try:
        first, last = query(QUERY.replace("{days}", days).replace("$share", str(SHARE_OF_USUAL)))
    except QueryError:
        return date.min, date.max
    return first or date.min, last or date.max
