"""The dates that bound a table come from its own days and from today, and from no wrong date among them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from gx_duckdb import query_value

from operation.execution.validation.days import date_parameters

NOW = datetime(2014, 6, 1, 12, tzinfo=UTC)
META = {"days": "SELECT make_date(year, month, day) AS day FROM {batch}"}


def parcels(first: date, days: int, odd: tuple[date, ...] = ()) -> pd.DataFrame:
    """Make twenty parcels a day, and one on each odd one."""
    dates = [first + timedelta(days=number // 20) for number in range(20 * days)] + [*odd]
    return pd.DataFrame([{"year": each.year, "month": each.month, "day": each.day} for each in dates])


def found(frame: pd.DataFrame, now: datetime = NOW, meta: dict[str, Any] = META) -> dict[str, Any]:
    query: Callable[[str], Any] = lambda text: query_value(frame, text)  # noqa: E731
    return date_parameters(meta, query, now)


def test_the_bounds_are_the_days_of_the_table() -> None:
    assert found(parcels(date(2013, 1, 1), 365)) == {
        "first_day": "2013-01-01T00:00:00+00:00",
        "last_day": "2013-12-31T00:00:00+00:00",
        "first_year": 2013,
        "last_year": 2013,
        "first_moment": "2012-12-31T10:00:00+00:00",
        "last_moment": "2014-01-01T11:59:59.999999+00:00",
    }


def test_next_years_days_move_the_bounds() -> None:
    later = found(parcels(date(2013, 6, 1), 365))
    assert (later["first_year"], later["last_year"], later["last_day"][:10]) == (2013, 2014, "2014-05-31")


@pytest.mark.parametrize("odd", [date(1913, 5, 5), date(2003, 12, 31), date(2014, 5, 5)])
def test_a_wrong_date_among_right_ones_moves_no_bound(odd: date) -> None:
    assert found(parcels(date(2013, 1, 1), 365, (odd,))) == found(parcels(date(2013, 1, 1), 365))


def test_nothing_is_later_than_today_wherever_that_is() -> None:
    future = found(parcels(date(2031, 1, 1), 30))
    assert (future["first_day"], future["last_day"][:10], future["last_year"]) == (
        future["last_day"],
        "2014-06-02",
        2014,
    )
    evening = found(parcels(date(2014, 5, 1), 60), NOW.replace(hour=5))
    assert evening["last_day"][:10] == "2014-06-01"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"year": [2013], "month": [1]}),
        parcels(date(2013, 1, 1), 1)[:0],
        parcels(date(2013, 1, 1), 1) + 900,
    ],
    ids=["no-column", "no-rows", "no-dates"],
)
def test_a_table_without_days_is_bounded_by_today_alone(frame: pd.DataFrame) -> None:
    bounds = found(frame)
    assert (bounds["first_year"], bounds["last_day"][:10]) == (1, "2014-06-02")


def test_a_suite_that_does_not_say_what_a_day_is_has_no_parameters() -> None:
    assert found(parcels(date(2013, 1, 1), 3), meta={}) == {}
