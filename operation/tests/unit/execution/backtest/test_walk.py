"""Which days train for which month, and what is refused before any work."""

from dataclasses import replace
from datetime import date

import pytest

from operation.errors import OperationError
from operation.execution.backtest.walk import Asked, check, frozen_span, months_of, walk

FIRST, LAST = date(2013, 1, 1), date(2013, 12, 31)
ASKED = Asked(months=3, policies=("monthly", "rolling"), rolling_months=2, delay_days=30)
LAST_TWO = [(date(2013, 11, 1), date(2013, 11, 30)), (date(2013, 12, 1), date(2013, 12, 31))]


@pytest.mark.parametrize(
    ("last", "expected"),
    [(LAST, [10, 11, 12]), (date(2013, 12, 28), [10, 11, 12]), (date(2013, 12, 20), [9, 10, 11])],
    ids=["to the end", "to a weekend", "a month that has begun"],
)
def test_the_last_whole_months_are_walked(last: date, expected: list[int]) -> None:
    assert [start.month for start, _ in months_of(ASKED, FIRST, last)] == expected


def test_months_go_on_over_the_end_of_a_year() -> None:
    months = months_of(replace(ASKED, delay_days=0), date(2013, 11, 1), date(2014, 2, 28))
    assert months[0] == (date(2013, 12, 1), date(2013, 12, 31))
    assert months[-1] == (date(2014, 2, 1), date(2014, 2, 28))


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        (0, "--months 12 is too many: data from 2013-01-01 to 2013-12-31 allow --months 11,"),
        (30, "allow --months 10, as whole months with at least 28 days and --delay-days 30 before the first"),
    ],
)
def test_fewer_months_than_asked_for_are_refused_with_how_many_there_are(delay: int, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        months_of(replace(ASKED, months=12, delay_days=delay), FIRST, LAST)


def test_more_rolling_months_than_there_are_would_be_monthly() -> None:
    assert months_of(replace(ASKED, rolling_months=11), FIRST, LAST)
    assert months_of(replace(ASKED, rolling_months=12, policies=("monthly",)), FIRST, LAST)
    with pytest.raises(OperationError, match=r"^--rolling-months 12 is too many: data from 2013-01-01 on have fewer"):
        months_of(replace(ASKED, rolling_months=12), FIRST, LAST)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (replace(ASKED, rolling_months=10**6), r"^--rolling-months 1000000 is too many"),
        (
            replace(ASKED, delay_days=10**12),
            r"^--months 3 is too many: .* allow none, .* --delay-days 1000000000000 before",
        ),
    ],
    ids=["rolling", "delay"],
)
def test_more_than_a_calendar_has_is_too_many(asked: Asked, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        months_of(asked, FIRST, LAST)


def test_data_without_a_whole_month_allow_none() -> None:
    with pytest.raises(OperationError, match="allow none"):
        months_of(ASKED, FIRST, date(2013, 1, 20))


def test_each_policy_trains_on_its_own_days_with_and_without_the_delay() -> None:
    trained = {(cell.name, cell.month): tuple(map(str, cell.train)) for cell in walk(ASKED, LAST_TWO, FIRST)}
    assert trained["monthly", "2013-12"] == ("2013-01-01", "2013-11-30")
    assert trained["monthly, 30 days delayed", "2013-12"] == ("2013-01-01", "2013-10-31")
    assert trained["rolling", "2013-12"] == ("2013-10-01", "2013-11-30")
    assert trained["rolling, 30 days delayed", "2013-12"] == ("2013-09-01", "2013-10-31")
    assert len(trained) == 8


def test_no_window_begins_before_the_data() -> None:
    cells = walk(replace(ASKED, rolling_months=20, delay_days=0), LAST_TWO, FIRST)
    assert [cell.train for cell in cells[:2]] == [cell.train for cell in cells[2:]]


def test_the_frozen_model_knows_what_is_before_the_first_month() -> None:
    assert frozen_span(LAST_TWO, FIRST) == (FIRST, date(2013, 10, 31))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"months": 0}, "--months must be at least 1, not 0"),
        ({"rolling_months": 0}, "--rolling-months must be at least 1"),
        ({"delay_days": -1}, "--delay-days must be at least 0"),
        ({"policies": ("montly",)}, "unknown policy 'montly': did you mean monthly?"),
        ({"policies": ("xyz",)}, "unknown policy 'xyz': there are monthly, rolling"),
        ({"policies": ("frozen",)}, "must name what to compare with frozen: monthly or rolling"),
        ({"policies": ()}, "must name what to compare with frozen"),
    ],
)
def test_what_no_data_could_answer_is_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(OperationError, match=message.replace("?", r"\?")):
        check(replace(ASKED, **change))  # type: ignore[arg-type]  # a change of any field
