"""From raw flights and weather to the rows that models learn from: SQL in a DuckDB connection, the same every time."""

from dataclasses import asdict, dataclass
from typing import Any

from duckdb import DuckDBPyConnection

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
    if(isfinite(arr_delay::DOUBLE), arr_delay::DOUBLE, NULL) AS arrival_delay,
    if(isfinite(dep_delay::DOUBLE), dep_delay::BIGINT, NULL) AS departure_delay
FROM flights
"""

# What flights that leave a place in the same hour have in common.
# Their weather is the latest observation at or before that hour; one that is too old says nothing. Joined to the hours,
# which are few, because an ordered join sorts its rows.
# What left an airport, or was due to and had not left, counts once it has been known for whole hours: both are added up
# by the hour, of integers, and each such sum goes to the few later hours whose flights may know of it.
# A table, so that DuckDB knows how small it is, and keeps it in memory while the flights pass by in their order.
HOURS = """
CREATE OR REPLACE TEMP TABLE hours AS
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
    -- In hours since 1970: when flights were due to leave, and when they left; null if they never did.
    movements AS (
        SELECT
            origin, epoch(time_hour)::BIGINT // 3600 AS due,
            (epoch(time_hour)::BIGINT + 60 * (departure_minute % 60 + departure_delay)) // 3600 AS gone,
            count(*) AS flights, sum(departure_delay)::BIGINT AS minutes
        FROM scheduled
        GROUP BY ALL
    ),
    left_before AS (
        SELECT origin, known_in, sum(minutes) / sum(flights) AS recent_departure_delay
        FROM (
            SELECT *, $recent_departures_known_hours + gone + unnest(range(1, 1 + $recent_departures_hours)) AS known_in
            FROM movements WHERE gone IS NOT NULL
        )
        GROUP BY ALL
    ),
    due_before AS (
        SELECT
            origin, known_in,
            sum(if(gone + $recent_departures_known_hours < known_in, 0, flights)) / sum(flights) AS recent_waiting
        FROM (
            SELECT *, $recent_departures_known_hours + due + unnest(range(1, 1 + $recent_departures_hours)) AS known_in
            FROM movements
        )
        GROUP BY ALL
    )
SELECT departures.*, observations.* EXCLUDE (origin), recent_departure_delay, recent_waiting
FROM (SELECT origin, time_hour, count(*) AS origin_flights FROM flights GROUP BY ALL) departures
ASOF LEFT JOIN latest ON latest.origin = departures.origin AND latest.observed_at <= departures.time_hour
LEFT JOIN observations
    ON observations.origin = departures.origin
    AND observations.observed_at = latest.observed_at
    AND epoch(departures.time_hour) - epoch(latest.observed_at) <= 3600 * $max_weather_age_hours
LEFT JOIN left_before
    ON left_before.origin = departures.origin AND left_before.known_in = epoch(departures.time_hour)::BIGINT // 3600
LEFT JOIN due_before
    ON due_before.origin = departures.origin AND due_before.known_in = epoch(departures.time_hour)::BIGINT // 3600
"""

# Cancelled and diverted flights are on the schedule, so they count as traffic (grouped and joined: windows take three
# times as long). A table and no view, so that the joins have given back their memory before the rows are put in order.
PREPARED = """
CREATE OR REPLACE TABLE prepared AS
SELECT
    scheduled.* EXCLUDE (departure, arrival_delay, departure_delay),
    hours.* EXCLUDE (origin, time_hour),
    carrier_flights, dest_flights,
    (arrival_delay > $late_after_minutes)::TINYINT AS late
FROM scheduled
LEFT JOIN hours USING (origin, time_hour)
LEFT JOIN (SELECT origin, time_hour, carrier, count(*) AS carrier_flights FROM flights GROUP BY ALL)
    USING (origin, time_hour, carrier)
LEFT JOIN (SELECT origin, time_hour, dest, count(*) AS dest_flights FROM flights GROUP BY ALL)
    USING (origin, time_hour, dest)
"""

ROWS = """
SELECT
    count(*) AS raw,
    count(*) FILTER (departure IS NULL) AS cancelled,
    count(*) FILTER (departure IS NOT NULL AND arrival_delay IS NULL) AS diverted,
    (SELECT count(*) FILTER (observed_at IS NULL AND late IS NOT NULL) FROM prepared) AS without_weather,
    count(*) FILTER (arrival_delay IS NOT NULL) AS used
FROM scheduled
"""


@dataclass(frozen=True)
class Rules:
    """What is late, how old weather may be, what is recent, and how long departures have been known by then."""

    late_after_minutes: int
    max_weather_age_hours: int
    recent_weather_hours: int
    recent_departures_hours: int
    recent_departures_known_hours: int


def prepare(connection: DuckDBPyConnection, rules: Rules) -> dict[str, Any]:
    """Make the table `prepared`, a row a flight, from the tables `flights` and `weather`.

    `late` is null for flights that have not arrived (yet): none of them trains, and all of them are scored.

    Returns what was counted on the way: "raw" flights, "used" ones, and those left out, by why.
    """
    connection.execute(SCHEDULED)
    values = asdict(rules)
    late_after_minutes = {"late_after_minutes": values.pop("late_after_minutes")}
    connection.execute(HOURS, values)
    connection.execute(PREPARED, late_after_minutes)
    result = connection.execute(ROWS)
    return dict(zip((column[0] for column in result.description), result.fetchall()[0], strict=True))


def summary(counts: dict[str, Any]) -> str:
    """Say in a line what `prepare` has left out."""
    return f"left out {counts['cancelled']:,} cancelled, {counts['diverted']:,} diverted"
