"""What the tables hold: raw columns, keys, features and target; the one file to read before changing the data set."""

from typing import Literal

RAW_COLUMNS = {
    "flights": (
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "sched_arr_time",
        "arr_delay",
        "carrier",
        "flight",
        "origin",
        "dest",
        "distance",
        "time_hour",
    ),
    "weather": (
        "origin",
        "time_hour",
        "temp",
        "dewp",
        "humid",
        "wind_dir",
        "wind_speed",
        "wind_gust",
        "precip",
        "pressure",
        "visib",
    ),
}

# Only the outcome is made of these, so tables to be scored may lack them. Not dep_delay: it is null until a flight has
# left, but features of later flights are made of it.
OUTCOME_COLUMNS = {"flights": ("dep_time", "arr_delay")}

KEYS = ("flight_date", "time_hour", "carrier", "flight")  # the last three are unique and give the order of the rows
TARGET = "late"

# Known at the start of the scheduled hour. No month or day of the year: test lies after train, whose months are others.
FEATURES: dict[str, Literal["number", "category"]] = {
    "carrier": "category",
    "origin": "category",
    "dest": "category",
    "distance": "number",  # miles
    "weekday": "number",  # Monday is 1
    "departure_minute": "number",  # scheduled, minutes after local midnight
    "arrival_minute": "number",  # scheduled, minutes after midnight at the destination
    "scheduled_minutes": "number",  # from the one clock to the other: travel time plus the difference in time zones
    "origin_flights": "number",  # scheduled from the same origin in the same hour
    "carrier_flights": "number",  # ... by the same carrier
    "dest_flights": "number",  # ... to the same destination
    "temp": "number",  # degrees Fahrenheit, as the dew point
    "dewp": "number",
    "humid": "number",  # per cent
    "wind_dir": "number",  # degrees
    "wind_speed": "number",  # miles per hour, as the gusts
    "wind_gust": "number",
    "precip": "number",  # inches
    "pressure": "number",  # millibars
    "visib": "number",  # miles
    "recent_precip": "number",  # inches over the last hours, because delays outlast the weather that caused them
    "recent_wind_speed": "number",  # the highest of the last hours
    "recent_visib": "number",  # the lowest of the last hours
    "pressure_change": "number",  # over the last hours
    "recent_departure_delay": "number",  # minutes, of the flights that left the same origin some hours before; mean
    "recent_waiting": "number",  # share of those due there some hours before that had not left, for whatever reason
}

# Known only after departure, or an identity that later legs of the same day betray: never a feature. Features of recent
# departures come from the dep_delay of other flights, which left hours before.
LEAKAGE = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "tailnum", TARGET)
