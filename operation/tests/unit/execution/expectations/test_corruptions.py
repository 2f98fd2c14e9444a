"""The standard corruptions, each of which a suite that says enough finds."""

from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from operation.execution.expectations import corruptions
from operation.execution.expectations.facts import merged
from operation.execution.expectations.measuring import measure_corruptions, measure_table, opened
from operation.execution.expectations.proposals import found_by, found_together, make_cases
from operation.execution.expectations.suites import Suite
from operation.tests.unit.execution.expectations.conftest import Describe, expect, suite_of

COMPLETE = [
    expect("table_row_count_to_be_between", min_value=500),
    expect("column_values_to_be_unique", column="id"),
    expect("column_values_to_not_be_null", column="amount", mostly=0.85),
    *(expect("column_values_to_not_be_null", column=name) for name in ("id", "city", "day", "pieces", "land")),
    expect("column_values_to_be_between", column="amount", min_value=20, max_value=26),
    expect("column_values_to_be_between", column="id", min_value=0, max_value=599),
    expect("column_values_to_be_between", column="day", max_value={"$PARAMETER": "last_moment"}),
    expect("column_stdev_to_be_between", column="amount", min_value=1, max_value=3),
    expect("column_distinct_values_to_equal_set", column="pieces", value_set=[0, 1, 2]),
    expect("column_distinct_values_to_equal_set", column="city", value_set=["Aachen", "Bonn", "Celle", "Dresden"]),
    expect("column_distinct_values_to_equal_set", column="land", value_set=["NI", "NW", "SN"]),
    expect("query_value_to_be_between", measure="places", max_value=0, column_list=["city", "land"],
           query="SELECT count_if((city = 'Celle') <> (land = 'NI')) FROM {batch}"),
    expect("query_value_to_be_between", measure="lost days", max_value=0, column_list=["day"],
           query="SELECT max(day) - min(day) + 1 - count(DISTINCT day) FROM {batch}"),
]  # fmt: skip


@pytest.fixture(scope="module")
def broken(describe: Describe, database: DuckDBPyConnection) -> dict[str, Any]:
    facts = describe(*COMPLETE)
    return measure_corruptions(database, suite_of(COMPLETE), facts, 1.0)


def test_a_suite_that_says_enough_finds_every_corruption(broken: dict[str, Any]) -> None:
    cases = make_cases(broken)
    assert cases
    found = found_together(COMPLETE, cases)
    missed = [(each["column"], each["name"]) for place, each in enumerate(broken["broken"]) if place not in found]
    assert missed == []
    assert len(cases.broken) > 30


def test_every_corruption_changes_what_it_breaks(broken: dict[str, Any]) -> None:
    for each in broken["broken"]:
        facts = merged(broken["clean"], each["changed"])
        assert facts != broken["clean"], each["name"]


def test_all_ways_are_tried(broken: dict[str, Any]) -> None:
    tried = {each["name"] for each in broken["broken"]}
    ways = {way for of_kind in corruptions.WAYS.values() for way in of_kind}
    assert tried == ways | set(corruptions.ROWS) | {corruptions.WEEK}


def test_an_expectation_that_fails_without_a_corruption_finds_none(broken: dict[str, Any]) -> None:
    cases = make_cases(broken)
    assert cases
    assert found_by(expect("column_mean_to_be_between", column="amount", max_value=1), cases) == (set(), 0)


def test_what_is_about_another_column_is_not_counted(broken: dict[str, Any]) -> None:
    cases = make_cases(broken)
    assert cases
    found, tried = found_by(COMPLETE[2], cases)
    assert {broken["broken"][place]["name"] for place in found} == {"a fifth empty"}
    assert tried == len(corruptions.NUMBERS)


def test_of_many_rows_the_newest_days_are_broken(
    describe: Describe, database: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corruptions, "MOST_ROWS", 100)
    monkeypatch.setattr(corruptions, "WAYS", {})  # of columns: those of rows are looked at
    found = measure_corruptions(database, suite_of(COMPLETE), describe(*COMPLETE), 1.0)
    assert (found["clean"]["rows"], found["clean"]["all_rows"]) == (96, 600)  # four whole days
    assert found["clean"]["days"]["first"] == "2026-01-22"
    halved = next(each for each in found["broken"] if each["name"] == "half of the rows")
    assert halved["changed"]["all_rows"] == 300


def test_of_many_rows_without_a_day_the_first_are_broken(
    describe: Describe, database: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corruptions, "MOST_ROWS", 100)
    monkeypatch.setattr(corruptions, "WAYS", {})
    facts = describe(rows="day::VARCHAR AS day", days=False)
    found = measure_corruptions(database, suite_of([], Path("orders.json"), days=False), facts, 1.0)
    assert found["clean"]["rows"] == 100
    assert corruptions.WEEK not in {each["name"] for each in found["broken"]}


def test_any_names_of_tables_and_columns_will_do(tmp_path: Path, database: DuckDBPyConnection) -> None:
    select = 'SELECT range % 5 AS rowid, range AS "batch", DATE \'9999-12-01\' AS "a {day}" FROM range(60)'
    database.sql(select).write_parquet(str(tmp_path / "batch.parquet"))
    suite = Suite("batch", tmp_path / "batch.json", {"expectations": []}, ())
    with opened({"batch": [tmp_path / "batch.parquet"]}) as connection:
        facts = measure_table(connection, suite, "")
        found = measure_corruptions(connection, suite, facts, 1.0)
    assert facts["rows"] == 60
    assert {each["column"] for each in found["broken"]} == {"", "rowid", "batch", "a {day}"}
