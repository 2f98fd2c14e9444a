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
DESTINATIONS = """
SELECT here.* EXCLUDE (n) REPLACE (there.dest AS dest)
FROM (SELECT *, row_number() OVER (ORDER BY month, time_hour, carrier, flight) AS n FROM good_flights) AS here
JOIN (SELECT dest, row_number() OVER (ORDER BY month, hash(time_hour, carrier, flight)) AS n FROM good_flights) AS there
USING (n)
"""
FROZEN = "first({0}) OVER (PARTITION BY origin, month(time_hour) ORDER BY time_hour) AS {0}"

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
    "destinations shuffled": Injection(flights=DESTINATIONS),
    "days end at 14:00": Injection(flights="SELECT * FROM good_flights WHERE sched_dep_time < 1400"),
    "30 % of the flights twice": Injection(
        flights="SELECT * FROM good_flights UNION ALL SELECT * FROM good_flights "
        "WHERE hash(time_hour, carrier, flight) % 10 < 3"
    ),
    "all flights twice": Injection(flights="SELECT * FROM good_flights UNION ALL SELECT * FROM good_flights"),
}
QUICK = (
    *("weather shuffled among rows", "weather of a day before", "weather in local time", "temperature in Celsius"),
    *("departure + 5 h", "distance in km", "30 % of the flights twice"),
)
