from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flights.data import PARTS, Rules, part_rows, prepare
from flights.schema import FEATURES, LEAKAGE, PREPARED_COLUMNS
from learning.errors import InputError

RULES = Rules(
    late_after_minutes=15,
    test_from=date(2013, 11, 1),
    test_until=date(2014, 1, 1),
    max_weather_age_hours=3,
    recent_weather_hours=6,
)


@pytest.fixture
def connection(raw: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw sample as tables that a test may change."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for table in ("flights", "weather"):
            connection.read_parquet(str(raw / f"{table}.parquet")).to_table(table)
        yield connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.sql(query).fetchall()[0][0]


def prepared_again(connection: duckdb.DuckDBPyConnection, rules: Rules = RULES) -> list[tuple[Any, ...]]:
    prepare(connection, rules)
    parts = [part_rows(connection, part).project("* REPLACE (epoch(time_hour) AS time_hour)") for part in PARTS]
    return [row for part in parts for row in part.fetchall()]


def test_no_feature_is_known_only_after_departure() -> None:
    assert not set(FEATURES) & set(LEAKAGE)


def test_what_happens_after_departure_changes_no_feature(connection: duckdb.DuckDBPyConnection) -> None:
    before = prepared_again(connection)
    connection.execute("""
        UPDATE flights SET tailnum = 'N0', dep_time = 1.0, dep_delay = 99.0, arr_time = 1.0, air_time = 1.0,
            arr_delay = -arr_delay WHERE arr_delay IS NOT NULL
    """)
    after = prepared_again(connection)
    assert [row[:-1] for row in after] == [row[:-1] for row in before]
    assert after != before, "the target is what must change"


def test_flights_without_an_arrival_are_dropped_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    rows = prepare(connection, RULES)["rows"]
    assert rows["raw"] == one(connection, "SELECT count(*) FROM flights")
    assert rows["cancelled"] == one(connection, "SELECT count(*) FROM flights WHERE dep_time IS NULL") > 0
    assert rows["diverted"] == rows["raw"] - rows["cancelled"] - rows["used"] > 0


def test_nan_counts_as_no_arrival_like_null(connection: duckdb.DuckDBPyConnection) -> None:
    with_null = prepare(connection, RULES)
    for column in ("dep_time", "arr_delay"):
        connection.execute(f"ALTER TABLE flights ALTER {column} TYPE DOUBLE")
        connection.execute(f"UPDATE flights SET {column} = 'nan' WHERE {column} IS NULL")  # noqa: S608
    assert prepare(connection, RULES) == with_null


def test_late_means_more_than_the_minutes_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    prepare(connection, RULES)
    late = one(connection, "SELECT count(*) FROM flights WHERE arr_delay > 15")
    assert one(connection, "SELECT sum(late) FROM prepared") == late
    assert one(connection, "SELECT count(*) FROM flights WHERE arr_delay = 15") > 0


def test_the_test_part_begins_on_the_day_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    metrics = prepare(connection, RULES)
    assert (metrics["train"]["first_date"], metrics["train"]["last_date"]) == ("2013-01-01", "2013-10-31")
    assert (metrics["test"]["first_date"], metrics["test"]["last_date"]) == ("2013-11-01", "2013-12-31")
    assert metrics["train"]["rows"] + metrics["test"]["rows"] == metrics["rows"]["used"]


def test_flights_after_the_test_part_are_in_neither_part_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    before = prepared_again(connection)
    first_after = date(2013, 12, 20)
    rows = prepared_again(connection, replace(RULES, test_until=first_after))
    assert rows == [row for row in before if row[0] < first_after]
    counts = prepare(connection, replace(RULES, test_until=first_after))["rows"]
    assert counts["after_test"] == len(before) - len(rows) > 0
    assert counts["raw"] == sum(counts[name] for name in ("cancelled", "diverted", "after_test", "used"))


@pytest.mark.parametrize("test_until", [date(2013, 11, 1), date(2013, 10, 1)], ids=["empty", "reversed"])
def test_a_test_part_that_ends_before_it_begins_is_an_error_that_names_both_arguments(
    connection: duckdb.DuckDBPyConnection, test_until: date
) -> None:
    with pytest.raises(InputError, match=f"--test-from 2013-11-01 must lie before --test-until {test_until}"):
        prepare(connection, replace(RULES, test_until=test_until))


def test_the_counts_of_a_part_are_those_of_its_rows(connection: duckdb.DuckDBPyConnection) -> None:
    counts = prepare(connection, RULES)["test"]
    rows = part_rows(connection, "test")
    assert rows.columns == list(PREPARED_COLUMNS)
    assert len(rows) == counts["rows"]
    assert rows.aggregate("avg(late)").fetchall()[0][0] == counts["positive_share"]


@pytest.mark.parametrize(
    ("test_from", "part"), [(date(2013, 1, 1), "train"), (date(2014, 1, 1), "test")], ids=["no-train", "no-test"]
)
def test_an_empty_part_is_an_error_that_names_the_argument_and_the_window(
    connection: duckdb.DuckDBPyConnection, test_from: date, part: str
) -> None:
    rules = replace(RULES, test_from=test_from, test_until=date(2015, 1, 1))
    names = f"--test-from is {test_from} and --test-until 2015-01-01"
    with pytest.raises(InputError, match=f"{part} part: {names}.* 2013-01-01 to 2013-12-31"):
        prepare(connection, rules)


def test_weather_is_the_latest_at_or_before_the_hour_and_not_too_old(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DELETE FROM weather WHERE hour BETWEEN 12 AND 16")
    prepare(connection, RULES)
    known = dict(connection.sql("SELECT (origin, epoch(time_hour)), temp FROM weather").fetchall())
    flights = connection.sql("SELECT origin, epoch(time_hour), temp, observed_at IS NULL FROM prepared").fetchall()
    for origin, hour, temp, without_weather in flights:
        hours = [(origin, hour - 3600 * age) for age in range(4)]
        assert temp == next((known[key] for key in hours if key in known), None)
        assert without_weather == (not any(key in known for key in hours))
    assert 0 < sum(row[-1] for row in flights) < len(flights) / 2


def test_recent_weather_looks_back_as_far_as_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("UPDATE weather SET precip = 0.25, visib = 10 - hour % 2")
    connection.execute("DELETE FROM flights WHERE month <> 6 AND (month, day) <> (12, 1)")
    prepare(connection, RULES)
    recent = connection.sql("SELECT DISTINCT recent_precip, recent_visib FROM prepared WHERE month = 6")
    assert recent.fetchall() == [(7 * 0.25, 9.0)]


def test_cancelled_flights_count_as_traffic(connection: duckdb.DuckDBPyConnection) -> None:
    prepare(connection, RULES)
    columns = "origin, epoch(time_hour), carrier, dest"
    scheduled = connection.sql(f"SELECT {columns} FROM flights").fetchall()  # noqa: S608
    traffic = Counter(key for flight in scheduled for key in (flight[:2], flight[:3], (*flight[:2], flight[3])))
    query = f"SELECT {columns}, origin_flights, carrier_flights, dest_flights FROM prepared"  # noqa: S608
    for origin, hour, carrier, dest, *found in connection.sql(query).fetchall():
        assert found == [traffic[origin, hour], traffic[origin, hour, carrier], traffic[origin, hour, dest]]


def test_the_order_of_the_raw_rows_does_not_matter(connection: duckdb.DuckDBPyConnection) -> None:
    before = prepared_again(connection)
    connection.execute("CREATE OR REPLACE TABLE flights AS SELECT * FROM flights ORDER BY hash(flight, time_hour)")
    connection.execute("CREATE OR REPLACE TABLE weather AS SELECT * FROM weather ORDER BY hash(origin, time_hour)")
    assert prepared_again(connection) == before


def test_schedule_features_follow_from_the_schedule(connection: duckdb.DuckDBPyConnection) -> None:
    prepare(connection, RULES)
    query = """
        SELECT flight_date, weekday, departure_minute, arrival_minute, scheduled_minutes, sched_dep_time, sched_arr_time
        FROM prepared JOIN flights USING (time_hour, carrier, flight)
    """
    for day, weekday, departure, arrival, minutes, departs, arrives in connection.sql(query).fetchall():
        assert weekday == day.isoweekday()
        assert (departure, arrival) == tuple(clock // 100 * 60 + clock % 100 for clock in (departs, arrives))
        assert timedelta() <= timedelta(minutes=minutes) < timedelta(days=1)
        assert (departure + minutes - arrival) % 1440 == 0
