"""What is kept of a table's rows."""

import json

import pytest
from duckdb import DuckDBPyConnection

from operation.execution.expectations.candidates import dependency
from operation.execution.expectations.facts import day_of, key_of, merged
from operation.tests.unit.execution.expectations.conftest import Describe, expect


def test_columns_are_counted_and_measured(describe: Describe) -> None:
    columns = describe()["columns"]
    amount, city = columns["amount"], columns["city"]
    assert (amount["nulls"], amount["distinct"], amount["least"], amount["greatest"]) == (60, 7, 20, 26)
    assert amount["mean"] == pytest.approx(23, abs=0.1)
    assert (city["kind"], city["shortest"], city["longest"]) == ("text", 4, 7)
    assert city["values"] == [["Aachen", 150], ["Bonn", 150], ["Celle", 150], ["Dresden", 150]]
    assert columns["id"].get("values") is None  # more than are listed
    assert (columns["day"]["first"], columns["day"]["last"]) == ("2026-01-01 00:00:00", "2026-01-25 00:00:00")


def test_rows_a_day_are_counted(describe: Describe) -> None:
    days = describe()["days"]
    assert (days["first"], days["days"], days["missing"], days["fewest"], days["most"]) == ("2026-01-01", 25, 0, 24, 24)


def test_a_lost_day_is_missing(describe: Describe) -> None:
    lost = "CASE WHEN day = DATE '2026-01-05' THEN DATE '2026-01-06' ELSE day END AS day"
    assert describe(rows=lost)["days"]["missing"] == 1


def test_a_column_that_follows_from_another_is_found(describe: Describe) -> None:
    facts = describe()
    assert ["city", "land"] in facts["follows"]
    assert ["land", "city"] not in facts["follows"]
    assert facts["checks"][key_of(dependency("city", "land"))] == 0


def test_infinite_numbers_are_counted_apart(describe: Describe) -> None:
    amount = describe(rows="CASE WHEN id = 7 THEN 'inf'::DOUBLE ELSE amount END AS amount")["columns"]["amount"]
    assert (amount["infinite"], amount["greatest"]) == (1, 26)


def test_queries_and_patterns_are_measured(describe: Describe) -> None:
    query = expect("query_value_to_be_between", measure="paid", query="SELECT count_if(paid) FROM {batch}", max_value=9)
    pattern = expect("column_values_to_match_regex", column="city", regex="^[A-C]")
    unknown = expect("query_value_to_be_between", measure="x", query="SELECT count(*) FROM {elsewhere}")
    checks = describe(query, pattern, unknown)["checks"]
    assert (checks[key_of(query)], checks[key_of(pattern)]) == (300, 0.75)
    assert key_of(unknown) not in checks


def test_a_table_without_rows_has_no_days(describe: Describe, database: DuckDBPyConnection) -> None:
    facts = describe(rows="NULL::DATE AS day")
    assert facts["days"] == {}
    assert facts["columns"]["day"]["nulls"] == facts["rows"]


def test_a_profile_of_a_table_is_small(describe: Describe) -> None:
    assert len(json.dumps(describe())) < 3000


@pytest.mark.parametrize(
    ("meta", "columns", "time", "day"),
    [
        ({"days": "SELECT sent AS day FROM {batch}"}, {}, "", "CAST(sent AS DATE)"),
        ({}, {"sent": "time", "paid": "date"}, "paid", 'CAST("paid" AS DATE)'),
        ({}, {"sent": "time", "amount": "number"}, "", 'CAST("sent" AS DATE)'),
        ({}, {"sent": "time", "paid": "date"}, "", ""),
        ({}, {"amount": "number"}, "amount", ""),
    ],
    ids=["the suite says it", "the time of the use case", "the only column", "several columns", "none"],
)
def test_the_day_of_a_row(meta: dict[str, str], columns: dict[str, str], time: str, day: str) -> None:
    assert day_of(meta, columns, time) == day


def test_the_bounds_of_an_expectation_do_not_change_what_it_measures() -> None:
    one, other = (expect("column_mean_to_be_between", column="amount", max_value=most) for most in (1, 2))
    assert key_of(one) == key_of(other) != key_of(expect("column_mean_to_be_between", column="id", max_value=1))


def test_merging_keeps_what_has_not_changed() -> None:
    facts = {"rows": 2, "columns": {"a": 1, "b": 2}, "checks": {"x": 1}}
    assert merged(facts, {"rows": 1, "columns": {"b": 3}}) == {
        "rows": 1, "columns": {"a": 1, "b": 3}, "checks": {"x": 1}
    }  # fmt: skip
