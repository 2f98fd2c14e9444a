from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flights.data import ORDER, Rules, prepare
from flights.schema import FEATURES, LEAKAGE
from learning.use_cases import load

RULES = Rules(
    late_after_minutes=15,
    max_weather_age_hours=3,
    recent_weather_hours=6,
    recent_departures_hours=3,
    recent_departures_known_hours=2,
)
HOUR = 3600  # seconds
LEFT_AT = "epoch(time_hour) + 60 * (minute + dep_delay)"  # seconds since 1970


@pytest.fixture
def connection(raw: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The raw sample as tables that a test may change."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for table in ("flights", "weather"):
            connection.read_parquet(str(raw / f"{table}.parquet")).to_table(table)
        yield connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.sql(query).fetchall()[0][0]


def prepared_again(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    prepare(connection, RULES)
    rows = connection.table("prepared").order(ORDER).select(*load("flights").prepared_columns)
    return rows.project("* REPLACE (epoch(time_hour) AS time_hour)").fetchall()


def features_by_hour(connection: duckdb.DuckDBPyConnection) -> list[tuple[float, tuple[Any, ...]]]:
    """The features of each flight beside the start of its scheduled hour, in seconds."""
    prepare(connection, RULES)
    rows = connection.table("prepared").order(ORDER).project(", ".join([*FEATURES, "epoch(time_hour)"])).fetchall()
    return [(row[-1], row[:-1]) for row in rows]


def test_no_feature_is_known_only_after_departure() -> None:
    assert not set(FEATURES) & set(LEAKAGE)


def test_what_happens_after_departure_changes_no_feature_of_the_flight(connection: duckdb.DuckDBPyConnection) -> None:
    before = prepared_again(connection)
    connection.execute("""
        UPDATE flights SET tailnum = 'N0', dep_time = 1.0, arr_time = 1.0, air_time = 1.0, arr_delay = -arr_delay
        WHERE arr_delay IS NOT NULL
    """)
    after = prepared_again(connection)
    assert [row[:-1] for row in after] == [row[:-1] for row in before]
    assert after != before, "the target is what must change"


@pytest.mark.parametrize(
    "outcome",
    ["dep_delay + 77", "NULL", "ceil(($now - epoch(time_hour)) / 60) - minute"],
    ids=["later", "cancelled", "as early as that"],
)
def test_departures_less_than_two_hours_before_change_no_feature(
    connection: duckdb.DuckDBPyConnection, outcome: str
) -> None:
    before = features_by_hour(connection)
    hours = sorted({hour for hour, _ in before})
    hour = hours[len(hours) // 2]
    moment = {"now": hour - 2 * HOUR}
    connection.execute(
        f"UPDATE flights SET dep_delay = {outcome} WHERE dep_delay IS NULL OR {LEFT_AT} >= $now",  # noqa: S608
        moment,
    )
    after = features_by_hour(connection)
    changed = [then for (then, row), (_, other) in zip(before, after, strict=True) if row != other]
    assert hour < min(changed)
    assert len(changed) > len(before) / 10


def test_flights_without_an_arrival_are_dropped_and_counted(connection: duckdb.DuckDBPyConnection) -> None:
    rows = prepare(connection, RULES)
    assert rows["raw"] == one(connection, "SELECT count(*) FROM flights")
    assert rows["cancelled"] == one(connection, "SELECT count(*) FROM flights WHERE dep_time IS NULL") > 0
    assert rows["diverted"] == rows["raw"] - rows["cancelled"] - rows["used"] > 0


def test_nan_counts_as_no_arrival_like_null(connection: duckdb.DuckDBPyConnection) -> None:
    with_null = prepare(connection, RULES)
    for column in ("dep_time", "dep_delay", "arr_delay"):
        connection.execute(f"ALTER TABLE flights ALTER {column} TYPE DOUBLE")
        connection.execute(f"UPDATE flights SET {column} = 'nan' WHERE {column} IS NULL")  # noqa: S608
    assert prepare(connection, RULES) == with_null


def test_late_means_more_than_the_minutes_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    prepare(connection, RULES)
    late = one(connection, "SELECT count(*) FROM flights WHERE arr_delay > 15")
    assert one(connection, "SELECT sum(late) FROM prepared") == late
    assert one(connection, "SELECT count(*) FROM flights WHERE arr_delay = 15") > 0


def test_the_order_of_rows_is_unique(connection: duckdb.DuckDBPyConnection) -> None:
    prepare(connection, RULES)
    assert one(connection, f"SELECT count(DISTINCT ({ORDER})) - count(*) FROM prepared") == 0  # noqa: S608


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


@pytest.mark.parametrize(("known", "reach"), [(2, 3), (0, 1), (5, 24)])
def test_recent_departures_are_those_known_long_enough(
    connection: duckdb.DuckDBPyConnection, known: int, reach: int
) -> None:
    prepare(connection, replace(RULES, recent_departures_hours=reach, recent_departures_known_hours=known))
    query = f"SELECT origin, epoch(time_hour) + 60 * minute, {LEFT_AT}, dep_delay FROM flights"  # noqa: S608
    flights = connection.sql(query).fetchall()
    asked = connection.sql("""
        SELECT origin, epoch(time_hour), recent_departure_delay, recent_waiting FROM prepared
        ORDER BY hash(time_hour, carrier, flight) LIMIT 50
    """).fetchall()
    for origin, hour, delay, waiting in asked:
        end = hour - known * HOUR
        begin = end - reach * HOUR
        left = [each[3] for each in flights if each[0] == origin and each[2] is not None and begin <= each[2] < end]
        due = [each[2] is None or each[2] >= end for each in flights if each[0] == origin and begin <= each[1] < end]
        assert delay == (sum(left) / len(left) if left else None)
        assert waiting == (sum(due) / len(due) if due else None)
    assert len({row[2] for row in asked}) > 3


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
