"""From raw flights and weather to the rows that models learn from: SQL in a DuckDB connection, the same every time."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyConnection, DuckDBPyRelation

from flights.schema import PREPARED_COLUMNS
from learning.errors import InputError

PARTS = ("train", "test")
ORDER = "time_hour, carrier, flight"  # unique: without it, rows and so models would differ from run to run

# A delay that is NaN instead of NULL would count as late. DuckDB trusts a parquet file's least and greatest values,
# which leave NaN out, and so optimises isnan(x) and nullif(x, 'nan') away; isfinite(x) it computes.
SCHEDULED = """
CREATE OR REPLACE VIEW scheduled AS
SELECT
    make_date(year, month, day) AS flight_date, time_hour, carrier, flight, month, origin, dest, distance,
    isodow(flight_date) AS weekday,
    sched_dep_time // 100 * 60 + sched_dep_time % 100 AS departure_minute,
    sched_arr_time // 100 * 60 + sched_arr_time % 100 AS arrival_minute,
    (arrival_minute - departure_minute + 1440) % 1440 AS scheduled_minutes,
    if(isfinite(dep_time::DOUBLE), dep_time::DOUBLE, NULL) AS departure,
    if(isfinite(arr_delay::DOUBLE), arr_delay::DOUBLE, NULL) AS arrival_delay
FROM flights
"""

# A flight's weather is the latest observation at or before its scheduled hour; one that is too old says nothing. Joined
# to the hours, which are few, because an ordered join sorts its rows. Cancelled and diverted flights are on the
# schedule, so they count as traffic (grouped and joined: windows take three times as long).
# A table and no view, so that the joins have given back their memory before the rows are put in order.
PREPARED = """
CREATE OR REPLACE TABLE prepared AS
WITH
    observations AS (
        SELECT
            origin, time_hour AS observed_at,
            temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib,
            sum(precip) OVER recent AS recent_precip,
            max(wind_speed) OVER recent AS recent_wind_speed,
            min(visib) OVER recent AS recent_visib,
            pressure - first(pressure) OVER recent AS pressure_change
        FROM weather
        WINDOW recent AS (
            PARTITION BY origin ORDER BY epoch(time_hour)
            RANGE BETWEEN 3600 * $recent_weather_hours PRECEDING AND CURRENT ROW
        )
    ),
    latest AS (SELECT origin, observed_at FROM observations),
    hours AS (SELECT origin, time_hour, count(*) AS origin_flights FROM flights GROUP BY ALL),
    departures AS (
        SELECT hours.*, observations.* EXCLUDE (origin)
        FROM hours
        ASOF LEFT JOIN latest ON latest.origin = hours.origin AND latest.observed_at <= hours.time_hour
        LEFT JOIN observations
            ON observations.origin = hours.origin
            AND observations.observed_at = latest.observed_at
            AND epoch(hours.time_hour) - epoch(latest.observed_at) <= 3600 * $max_weather_age_hours
    )
SELECT
    scheduled.* EXCLUDE (departure, arrival_delay),
    departures.* EXCLUDE (origin, time_hour),
    carrier_flights, dest_flights,
    (arrival_delay > $late_after_minutes)::TINYINT AS late,
    if(flight_date < $test_from, 'train', 'test') AS part
FROM scheduled
LEFT JOIN departures USING (origin, time_hour)
LEFT JOIN (SELECT origin, time_hour, carrier, count(*) AS carrier_flights FROM flights GROUP BY ALL)
    USING (origin, time_hour, carrier)
LEFT JOIN (SELECT origin, time_hour, dest, count(*) AS dest_flights FROM flights GROUP BY ALL)
    USING (origin, time_hour, dest)
WHERE arrival_delay IS NOT NULL AND flight_date < $test_until
"""

ROWS = """
SELECT
    count(*) AS raw,
    count(*) FILTER (departure IS NULL) AS cancelled,
    count(*) FILTER (departure IS NOT NULL AND arrival_delay IS NULL) AS diverted,
    count(*) FILTER (arrival_delay IS NOT NULL AND flight_date >= $test_until) AS after_test,
    count(*) FILTER (arrival_delay IS NOT NULL AND flight_date < $test_until) AS used
FROM scheduled
"""

PART = """
SELECT
    count(*) AS rows,
    avg(late) AS positive_share,
    count(*) FILTER (observed_at IS NULL) AS without_weather,
    min(flight_date)::VARCHAR AS first_date,
    max(flight_date)::VARCHAR AS last_date
FROM prepared
WHERE part = $part
"""


@dataclass(frozen=True)
class Rules:
    """What is late, where the test part begins and ends, how old weather may be and what is recent.

    `test_from` is the first local scheduled date of the test part, `test_until` the first one after it.
    """

    late_after_minutes: int
    test_from: date
    test_until: date
    max_weather_age_hours: int
    recent_weather_hours: int


def prepare(connection: DuckDBPyConnection, rules: Rules) -> dict[str, Any]:
    """Make the table `prepared` from the tables `flights` and `weather`; return what was counted on the way.

    Raises InputError when a part would be empty.
    """
    if rules.test_from >= rules.test_until:
        raise InputError(f"--test-from {rules.test_from} must lie before --test-until {rules.test_until}")
    connection.execute(SCHEDULED)
    connection.execute(PREPARED, asdict(rules))
    parts = {part: _first_row(connection, PART, {"part": part}) for part in PARTS}
    for part, counts in parts.items():
        if not counts["rows"]:
            raise InputError(f"no flight is left for the {part} part: {_window(connection, rules)}")
    return {"rows": _first_row(connection, ROWS, {"test_until": rules.test_until}), **parts}


def part_rows(connection: DuckDBPyConnection, part: str) -> DuckDBPyRelation:
    """The rows of "train" or "test", in order, with the columns of `schema.PREPARED_COLUMNS`."""
    chosen = connection.table("prepared").filter(ColumnExpression("part") == ConstantExpression(part))
    return chosen.order(ORDER).select(*PREPARED_COLUMNS)


def summary(metrics: dict[str, Any]) -> str:
    """Say in a line what `prepare` has counted."""
    rows = metrics["rows"]
    return (
        f"{metrics['train']['rows']:,} flights to train on, {metrics['test']['rows']:,} to test on; "
        f"left out {rows['cancelled']:,} cancelled, {rows['diverted']:,} diverted, {rows['after_test']:,} later"
    )


def _first_row(connection: DuckDBPyConnection, query: str, parameters: dict[str, Any]) -> dict[str, Any]:
    result = connection.execute(query, parameters)
    return dict(zip((column[0] for column in result.description), result.fetchall()[0], strict=True))


def _window(connection: DuckDBPyConnection, rules: Rules) -> str:
    arrived = "SELECT min(flight_date), max(flight_date) FROM scheduled WHERE arrival_delay IS NOT NULL"
    first, last = connection.execute(arrived).fetchall()[0]
    return (
        f"--test-from is {rules.test_from} and --test-until {rules.test_until}, "
        f"and the flights that arrived are from {first} to {last}"
    )
