"""Faults to inject into the raw tables of flights: the SQL that makes a broken table of a good one."""

from dataclasses import dataclass

MEASUREMENTS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
VALUES = ", ".join(MEASUREMENTS)


@dataclass(frozen=True)
class Injection:
    """SQL of what the table becomes; `good_flights` and `good_weather` are the tables without the fault."""

    flights: str = "SELECT * FROM good_flights"
    weather: str = "SELECT * FROM good_weather"


def replace_flights(values: str) -> Injection:
    """Compute some columns of the flights anew."""
    return Injection(flights=f"SELECT * REPLACE ({values}) FROM good_flights")  # noqa: S608  written in this file


def replace_weather(values: str) -> Injection:
    """Compute some columns of the weather anew."""
    return Injection(weather=f"SELECT * REPLACE ({values}) FROM good_weather")  # noqa: S608  written in this file


def _each(pattern: str) -> str:
    return ", ".join(pattern.format(name) for name in MEASUREMENTS)


SHUFFLED = f"""
SELECT here.origin, here.time_hour, {_each("there.{0}")}
FROM (SELECT *, month(time_hour) AS m, row_number() OVER (PARTITION BY m ORDER BY origin, time_hour) AS n
      FROM good_weather) AS here
JOIN (SELECT *, month(time_hour) AS m, row_number() OVER (PARTITION BY m ORDER BY hash(time_hour, origin)) AS n
      FROM good_weather) AS there USING (m, n)
"""  # noqa: S608  written in this file
SHUFFLED_COLUMN = """
SELECT here.* EXCLUDE (n) REPLACE (there.{0} AS {0})
FROM (SELECT *, row_number() OVER (ORDER BY month, time_hour, carrier, flight) AS n FROM good_flights) AS here
JOIN (SELECT {0}, row_number() OVER (ORDER BY month, hash(time_hour, carrier, flight)) AS n FROM good_flights) AS there
USING (n)
"""
ONE_HOUR = f"""
SELECT here.origin, here.time_hour, {_each("there.{0}")}
FROM good_weather AS here
JOIN good_weather AS there
    ON there.origin = here.origin AND there.time_hour = date_trunc('day', here.time_hour) + INTERVAL 12 HOURS
"""  # noqa: S608  written in this file
FROZEN = "first({0}) OVER (PARTITION BY origin, month(time_hour) ORDER BY time_hour) AS {0}"
SECOND_WEEK = "day(time_hour) BETWEEN 8 AND 14"
FROZEN_WEEK = f"""
CASE WHEN {SECOND_WEEK}
    THEN first({{0}}) OVER (PARTITION BY origin, month(time_hour), {SECOND_WEEK} ORDER BY time_hour)
    ELSE {{0}} END AS {{0}}
"""
WEEK_OF_MONTH = "month(time_hour) * 10 + least((day(time_hour) - 1) // 7, 3) AS m"
SHUFFLED_WEEK = f"""
SELECT here.origin, here.time_hour, {_each("CASE here.m % 10 WHEN 1 THEN there.{0} ELSE here.{0} END AS {0}")}
FROM (SELECT *, {WEEK_OF_MONTH}, row_number() OVER (PARTITION BY m ORDER BY origin, time_hour) AS n
      FROM good_weather) AS here
JOIN (SELECT *, {WEEK_OF_MONTH}, row_number() OVER (PARTITION BY m ORDER BY hash(time_hour, origin)) AS n
      FROM good_weather) AS there USING (m, n)
"""  # noqa: S608  written in this file
A_DAY_LATER = """
SELECT good_flights.* REPLACE (year(later) AS year, month(later) AS month, day(later) AS day)
FROM good_flights, LATERAL (SELECT make_date(good_flights.year, good_flights.month, good_flights.day) + 1 AS later)
"""
DELAYS_OF_THE_DAY_BEFORE = """
SELECT here.* REPLACE (there.dep_delay AS dep_delay) FROM good_flights AS here
LEFT JOIN (
    SELECT carrier, flight, time_hour::DATE + 1 AS next, any_value(dep_delay) AS dep_delay
    FROM good_flights GROUP BY ALL
) AS there ON there.carrier = here.carrier AND there.flight = here.flight AND there.next = here.time_hour::DATE
"""

REVERSED = f"""
SELECT here.origin, here.time_hour, {_each("there.{0}")}
FROM (SELECT *, month(time_hour) AS m, row_number() OVER (PARTITION BY origin, m ORDER BY time_hour) AS n
      FROM good_weather) AS here
JOIN (SELECT *, month(time_hour) AS m, row_number() OVER (PARTITION BY origin, m ORDER BY time_hour DESC) AS n
      FROM good_weather) AS there USING (origin, m, n)
"""  # noqa: S608  written in this file
ANOTHER_DAY = f"""
SELECT here.origin, here.time_hour, {_each("there.{0}")}
FROM good_weather AS here
JOIN good_weather AS there
    ON there.origin = here.origin
    AND there.time_hour = here.time_hour + INTERVAL (24 * (day(here.time_hour) * 7 % 11 - 5)) HOURS
"""  # noqa: S608  written in this file
LAST_WEEK_A_WEEK_BEFORE = """
SELECT * FROM good_weather WHERE day(time_hour) < 24
UNION ALL
SELECT * REPLACE (time_hour + INTERVAL 168 HOURS AS time_hour) FROM good_weather
WHERE day(time_hour + INTERVAL 168 HOURS) >= 24
"""

INJECTIONS = {
    "all weather null": replace_weather(_each("NULL::DOUBLE AS {0}")),
    "weather shuffled among rows": Injection(weather=SHUFFLED),
    "weather of a day before": replace_weather("time_hour + INTERVAL 24 HOURS AS time_hour"),
    "weather of a week before": replace_weather("time_hour + INTERVAL 168 HOURS AS time_hour"),
    "weather 6 h old": replace_weather("time_hour + INTERVAL 6 HOURS AS time_hour"),
    "weather in local time": replace_weather("time_hour - INTERVAL 5 HOURS AS time_hour"),
    "weather stands still": replace_weather(", ".join(map(FROZEN.format, ("temp", "visib", "wind_speed", "pressure")))),
    "weather of one airport for all": Injection(
        weather=f"SELECT every.origin, one.time_hour, {_each('one.{0}')} FROM good_weather AS one, "  # noqa: S608
        "(SELECT DISTINCT origin FROM good_weather) AS every WHERE one.origin = 'LGA'"
    ),
    "30 % of the weather null": replace_weather(
        _each("CASE WHEN hash(origin, time_hour) % 10 >= 3 THEN {0} END AS {0}")
    ),
    "30 % of the hours without weather": Injection(
        weather="SELECT * FROM good_weather WHERE hash(origin, time_hour) % 10 >= 3"
    ),
    "temperature in Celsius": replace_weather("(temp - 32) / 1.8 AS temp, (dewp - 32) / 1.8 AS dewp"),
    "only temp in Celsius": replace_weather("(temp - 32) / 1.8 AS temp"),
    "pressure + 10": replace_weather("pressure + 10 AS pressure"),
    "wind in km/h": replace_weather("wind_speed * 1.609 AS wind_speed, wind_gust * 1.609 AS wind_gust"),
    "visibility in km": replace_weather("visib * 1.609 AS visib"),
    "temp and dewp swapped": replace_weather("dewp AS temp, temp AS dewp"),
    "humid and wind_speed swapped": replace_weather("wind_speed AS humid, humid AS wind_speed"),
    "departure + 5 h": replace_flights("(sched_dep_time + 500) % 2400 AS sched_dep_time"),
    "flights in another time zone": replace_flights("time_hour - INTERVAL 5 HOURS AS time_hour"),
    "delays in hours": replace_flights("round(dep_delay / 60) AS dep_delay"),
    "delays null": replace_flights("NULL::DOUBLE AS dep_delay"),
    "delays with the sign turned": replace_flights("-dep_delay AS dep_delay"),
    "distance in km": replace_flights("distance * 1.609 AS distance"),
    "a carrier renamed": replace_flights("CASE carrier WHEN 'UA' THEN 'UAL' ELSE carrier END AS carrier"),
    "names in lower case": replace_flights("lower(carrier) AS carrier, lower(dest) AS dest"),
    "origin and destination swapped": replace_flights("dest AS origin, origin AS dest"),
    "departure and arrival swapped": replace_flights(
        "sched_arr_time AS sched_dep_time, sched_dep_time AS sched_arr_time"
    ),
    "destinations shuffled": Injection(flights=SHUFFLED_COLUMN.format("dest")),
    "days end at 14:00": Injection(flights="SELECT * FROM good_flights WHERE sched_dep_time < 1400"),
    "30 % of the flights twice": Injection(
        flights="SELECT * FROM good_flights UNION ALL SELECT * FROM good_flights "
        "WHERE hash(time_hour, carrier, flight) % 10 < 3"
    ),
    "all flights twice": Injection(flights="SELECT * FROM good_flights UNION ALL SELECT * FROM good_flights"),
    # `still`, `place`, `group` and `apart` were devised with these in sight.
    "all weather stands still for a week": replace_weather(_each(FROZEN_WEEK)),
    "weather of EWR and JFK swapped": replace_weather(
        "CASE origin WHEN 'EWR' THEN 'JFK' WHEN 'JFK' THEN 'EWR' ELSE origin END AS origin"
    ),
    "weather of the airports in turn": replace_weather(
        "CASE origin WHEN 'LGA' THEN 'JFK' WHEN 'JFK' THEN 'EWR' ELSE 'LGA' END AS origin"
    ),
    "weather of two days before": replace_weather("time_hour + INTERVAL 48 HOURS AS time_hour"),
    "weather of a month before": replace_weather("time_hour + INTERVAL 720 HOURS AS time_hour"),
    "no weather after the 15th": Injection(weather="SELECT * FROM good_weather WHERE day(time_hour) <= 15"),
    "weather 3 rows later": replace_weather(_each("lag({0}, 3) OVER (PARTITION BY origin ORDER BY time_hour) AS {0}")),
    "weather by a clock of 12 h": replace_weather(
        "date_trunc('day', time_hour) + INTERVAL (hour(time_hour) % 12) HOURS AS time_hour"
    ),
    "weather rounded to tens": replace_weather(_each("round({0}, -1) AS {0}")),
    "-999 in a tenth of the weather": replace_weather(
        _each("CASE WHEN hash(origin, time_hour) % 10 = 0 THEN -999 ELSE {0} END AS {0}")
    ),
    "9999 in a tenth of pressure": replace_weather(
        "CASE WHEN hash(origin, time_hour) % 10 = 0 THEN 9999 ELSE pressure END AS pressure"
    ),
    "pressure stands still": replace_weather(FROZEN.format("pressure")),
    "temp with the sign turned": replace_weather("-temp AS temp"),
    "half of temp in Celsius": replace_weather(
        "CASE WHEN hash(origin, time_hour) % 2 = 0 THEN (temp - 32) / 1.8 ELSE temp END AS temp"
    ),
    "only EWR in Celsius": replace_weather(
        "CASE origin WHEN 'EWR' THEN (temp - 32) / 1.8 ELSE temp END AS temp, "
        "CASE origin WHEN 'EWR' THEN (dewp - 32) / 1.8 ELSE dewp END AS dewp"
    ),
    "flights a day later": replace_flights("time_hour + INTERVAL 24 HOURS AS time_hour"),
    "days of flights a day later": Injection(flights=A_DAY_LATER),
    "carriers UA and EV swapped": replace_flights(
        "CASE carrier WHEN 'UA' THEN 'EV' WHEN 'EV' THEN 'UA' ELSE carrier END AS carrier"
    ),
}
# No margin or floor in operation/monitoring/thresholds.py was chosen with these in sight. If one is changed because of
# them, move them up, and think of new ones.
KEPT_BACK = {
    "weather 12 h old": replace_weather("time_hour + INTERVAL 12 HOURS AS time_hour"),
    "weather of one hour for the whole day": Injection(weather=ONE_HOUR),
    "no weather of JFK": Injection(weather="SELECT * FROM good_weather WHERE origin != 'JFK'"),
    "all weather 0": replace_weather(_each("0::DOUBLE AS {0}")),
    "missing weather as 0": replace_weather(_each("coalesce({0}, 0) AS {0}")),
    "temperature in kelvin": replace_weather("(temp - 32) / 1.8 + 273.15 AS temp, (dewp - 32) / 1.8 + 273.15 AS dewp"),
    "precipitation in mm": replace_weather("precip * 25.4 AS precip"),
    "wind in knots": replace_weather("wind_speed * 0.869 AS wind_speed, wind_gust * 0.869 AS wind_gust"),
    "wind from the other side": replace_weather("(wind_dir + 180) % 360 AS wind_dir"),
    "departures at the full hour": replace_flights("sched_dep_time // 100 * 100 AS sched_dep_time"),
    "arrivals null": replace_flights("NULL::BIGINT AS sched_arr_time"),
    "delays in seconds": replace_flights("dep_delay * 60 AS dep_delay"),
    "delays of 15 minutes at most": replace_flights("least(dep_delay, 15) AS dep_delay"),
    "carriers shuffled": Injection(flights=SHUFFLED_COLUMN.format("carrier")),
    "no flights of a carrier": Injection(flights="SELECT * FROM good_flights WHERE carrier != 'UA'"),
    "weather shuffled for a week": Injection(weather=SHUFFLED_WEEK),
    "delays of the day before": Injection(flights=DELAYS_OF_THE_DAY_BEFORE),
    "half of the delays null": replace_flights(
        "CASE WHEN hash(time_hour, carrier, flight) % 2 = 0 THEN dep_delay END AS dep_delay"
    ),
    "999 for missing delays": replace_flights("if(isfinite(dep_delay::DOUBLE), dep_delay, 999) AS dep_delay"),
    "half of the flights": Injection(
        flights="SELECT * FROM good_flights WHERE hash(time_hour, carrier, flight) % 2 = 0"
    ),
    "origins EWR and LGA swapped": replace_flights(
        "CASE origin WHEN 'EWR' THEN 'LGA' WHEN 'LGA' THEN 'EWR' ELSE origin END AS origin"
    ),
    "origins shuffled": Injection(flights=SHUFFLED_COLUMN.format("origin")),
    "origin and destination swapped for a tenth": replace_flights(
        "if(hash(time_hour, carrier, flight) % 10 = 0, dest, origin) AS origin, "
        "if(hash(time_hour, carrier, flight) % 10 = 0, origin, dest) AS dest"
    ),
    "30 % of the destinations null": replace_flights(
        "CASE WHEN hash(time_hour, carrier, flight) % 10 >= 3 THEN dest END AS dest"
    ),
    "carriers AA and DL swapped": replace_flights(
        "CASE carrier WHEN 'AA' THEN 'DL' WHEN 'DL' THEN 'AA' ELSE carrier END AS carrier"
    ),
    "distance in km of a carrier": replace_flights("if(carrier = 'UA', distance * 1.609, distance) AS distance"),
    "flights by a clock of 12 h": replace_flights(
        "sched_dep_time % 1200 AS sched_dep_time, sched_arr_time % 1200 AS sched_arr_time"
    ),
    "departures in minutes": replace_flights(
        "sched_dep_time // 100 * 60 + sched_dep_time % 100 AS sched_dep_time, "
        "sched_arr_time // 100 * 60 + sched_arr_time % 100 AS sched_arr_time"
    ),
    "departures shuffled": Injection(flights=SHUFFLED_COLUMN.format("sched_dep_time")),
    "arrivals + 5 h": replace_flights("(sched_arr_time + 500) % 2400 AS sched_arr_time"),
    # Thought of on 2026-12-01, after all that is measured.
    "weather of an hour after": replace_weather("time_hour - INTERVAL 1 HOURS AS time_hour"),
    "weather 3 h old": replace_weather("time_hour + INTERVAL 3 HOURS AS time_hour"),
    "weather of a day after": replace_weather("time_hour - INTERVAL 24 HOURS AS time_hour"),
    "weather of EWR 10 h old": replace_weather(
        "if(origin = 'EWR', time_hour + INTERVAL 10 HOURS, time_hour) AS time_hour"
    ),
    "no wind": replace_weather("NULL::DOUBLE AS wind_speed, NULL::DOUBLE AS wind_dir, NULL::DOUBLE AS wind_gust"),
    "visibility always 10": replace_weather("10.0 AS visib"),
    "no precipitation": replace_weather("NULL::DOUBLE AS precip"),
    "the month's mean for temp, dewp and humid": replace_weather(
        ", ".join(f"avg({name}) OVER (PARTITION BY month(time_hour)) AS {name}" for name in ("temp", "dewp", "humid"))
    ),
    "pressure in inches": replace_weather("pressure * 0.02953 AS pressure"),
    "pressure in pascals": replace_weather("pressure * 100 AS pressure"),
    "humidity as a fraction": replace_weather("humid / 100 AS humid"),
    "temperature + 1 each day": replace_weather("temp + day(time_hour) AS temp, dewp + day(time_hour) AS dewp"),
    "pressure + 0.5 each day": replace_weather("pressure + day(time_hour) * 0.5 AS pressure"),
    "noise on the weather": replace_weather(
        "temp + hash(time_hour, origin) % 2000 / 50.0 - 20 AS temp, "
        "pressure + hash(origin, time_hour, 1) % 2000 / 100.0 - 10 AS pressure, "
        "humid + hash(origin, time_hour, 2) % 2000 / 25.0 - 40 AS humid"
    ),
    "the day's mean for the weather": replace_weather(
        _each("avg({0}) OVER (PARTITION BY origin, time_hour::DATE) AS {0}")
    ),
    "weather every 6 hours": replace_weather(
        _each("first({0}) OVER (PARTITION BY origin, epoch(time_hour)::BIGINT // 21600 ORDER BY time_hour) AS {0}")
    ),
    "weather of the month in reverse": Injection(weather=REVERSED),
    "weather of another day at the same hour": Injection(weather=ANOTHER_DAY),
    "all columns of the weather in turn": replace_weather(
        ", ".join(
            f"{other} AS {name}" for name, other in zip(MEASUREMENTS, MEASUREMENTS[1:] + MEASUREMENTS[:1], strict=True)
        )
    ),
    "precipitation and visibility swapped": replace_weather("visib AS precip, precip AS visib"),
    "temperature in order": replace_weather(
        "60 + row_number() OVER (PARTITION BY origin, month(time_hour) ORDER BY time_hour) / 37.2 AS temp"
    ),
    "delays shuffled": Injection(flights=SHUFFLED_COLUMN.format("dep_delay")),
    "delays 0": replace_flights("0.0 AS dep_delay"),
    "the month's mean for delays": replace_flights(
        "avg(if(isfinite(dep_delay::DOUBLE), dep_delay, NULL)) OVER (PARTITION BY month) AS dep_delay"
    ),
    "delays without their sign": replace_flights("abs(dep_delay) AS dep_delay"),
    "delays + 30": replace_flights("dep_delay + 30 AS dep_delay"),
    "delays halved": replace_flights("dep_delay / 2 AS dep_delay"),
    "no delays of JFK": replace_flights("CASE WHEN origin != 'JFK' THEN dep_delay END AS dep_delay"),
    "no delays of half an hour or more": replace_flights("CASE WHEN dep_delay < 30 THEN dep_delay END AS dep_delay"),
    "departures + 1 h": replace_flights("(sched_dep_time + 100) % 2400 AS sched_dep_time"),
    "flights an hour later": replace_flights("time_hour + INTERVAL 1 HOURS AS time_hour"),
    "flights 12 h later": replace_flights("time_hour + INTERVAL 12 HOURS AS time_hour"),
    "flights a week later": replace_flights("time_hour + INTERVAL 168 HOURS AS time_hour"),
    "carriers with a space behind": replace_flights("carrier || ' ' AS carrier"),
    "carriers null": replace_flights("NULL::VARCHAR AS carrier"),
    "destinations null": replace_flights("NULL::VARCHAR AS dest"),
    "all flights from EWR": replace_flights("'EWR' AS origin"),
    "all flights of UA": replace_flights("'UA' AS carrier"),
    "five carriers in turn": replace_flights(
        "CASE carrier WHEN 'UA' THEN 'B6' WHEN 'B6' THEN 'EV' WHEN 'EV' THEN 'DL' WHEN 'DL' THEN 'AA' "
        "WHEN 'AA' THEN 'UA' ELSE carrier END AS carrier"
    ),
    "mornings twice": Injection(
        flights="SELECT * FROM good_flights UNION ALL SELECT * FROM good_flights WHERE sched_dep_time < 900"
    ),
    "no flights at weekends": Injection(
        flights="SELECT * FROM good_flights WHERE isodow(make_date(year, month, day)) < 6"
    ),
    "flights of JFK alone": Injection(flights="SELECT * FROM good_flights WHERE origin = 'JFK'"),
    "days end at 18:00": Injection(flights="SELECT * FROM good_flights WHERE sched_dep_time < 1800"),
    "departures from the end of the day": replace_flights("2359 - sched_dep_time AS sched_dep_time"),
    "departures always at noon": replace_flights("1200::BIGINT AS sched_dep_time"),
    "distances shuffled": Injection(flights=SHUFFLED_COLUMN.format("distance")),
    "distances 0": replace_flights("0 AS distance"),
    "departures for arrivals": replace_flights("sched_dep_time AS sched_arr_time"),
    "a third of delays, precipitation and visibility null": Injection(
        flights=replace_flights("if(hash(time_hour, carrier, flight) % 3 = 0, NULL, dep_delay) AS dep_delay").flights,
        weather=replace_weather(
            "if(hash(origin, time_hour) % 3 = 0, NULL, precip) AS precip, "
            "if(hash(origin, time_hour) % 3 = 0, NULL, visib) AS visib"
        ).weather,
    ),
    "no weather from the 24th on": replace_weather(_each("CASE WHEN day(time_hour) < 24 THEN {0} END AS {0}")),
    "no delays from the 24th on": replace_flights("CASE WHEN day < 24 THEN dep_delay END AS dep_delay"),
    "departures + 5 h from the 24th on": replace_flights(
        "if(day < 24, sched_dep_time, (sched_dep_time + 500) % 2400) AS sched_dep_time"
    ),
    "weather of a week before from the 24th on": Injection(weather=LAST_WEEK_A_WEEK_BEFORE),
}
QUICK = (
    *("weather shuffled among rows", "weather of a day before", "weather in local time", "temperature in Celsius"),
    *("departure + 5 h", "distance in km", "30 % of the flights twice"),
)
