"""Every way in which the tests break the real data: one function a corruption, each makes a new table of an old one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

RANGE = "expect_column_values_to_be_between"
TYPE = "expect_column_values_to_be_of_type"
NULLS = "expect_column_values_to_not_be_null"
COLUMNS = "expect_table_columns_to_match_set"
ROWS = "expect_table_row_count_to_be_between"
UNIQUE = "expect_compound_columns_to_be_unique"
IN_SET = "expect_column_values_to_be_in_set"
EQUAL_SET = "expect_column_distinct_values_to_equal_set"
SPREAD = "expect_column_stdev_to_be_between"
MEAN = "expect_column_mean_to_be_between"
REGEX = "expect_column_values_to_match_regex"
LENGTHS = "expect_column_value_lengths_to_be_between"
DISTINCT = "expect_column_unique_value_count_to_be_between"
QUERY = "expect_query_value_to_be_between"

FLIGHT_KEY = "time_hour, carrier, flight"
FLIGHT_NUMBERS = [
    *("year", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay"),
    *("flight", "air_time", "distance", "hour", "minute"),
]
FLIGHT_COLUMNS = [*FLIGHT_NUMBERS, "month", "carrier", "tailnum", "origin", "dest", "time_hour"]
OBSERVATIONS = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
WEATHER_NUMBERS = ["year", "day", "hour", *OBSERVATIONS]
WEATHER_COLUMNS = [*WEATHER_NUMBERS, "month", "origin", "time_hour"]
FEATURE_NUMBERS = [
    *("flight", "distance", "weekday", "departure_minute", "arrival_minute", "scheduled_minutes"),
    *("origin_flights", "carrier_flights", "dest_flights", *OBSERVATIONS),
    *("recent_precip", "recent_wind_speed", "recent_visib", "pressure_change"),
]
FEATURE_COLUMNS = [*FEATURE_NUMBERS, "flight_date", "time_hour", "carrier", "month", "origin", "dest", "late"]
WITH_BANDS = [name for name in [*FLIGHT_NUMBERS, *WEATHER_NUMBERS] if name not in ("year", "day", "wind_gust")]
AFFECTED = list(range(100, 110))  # the rows that a corruption of single rows touches

STUCK = ["temp", "dewp", "humid", "wind_speed", "wind_dir", "pressure"]
OTHER_TABLE = "origin, time_hour"  # of flights: how they are compared with the weather
LOCAL_TIME = "time_hour, year, month, day, hour"

Break = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Corruption:
    """A table, what is done to it, and the failures that must name it: pairs of expectation and column."""

    table: str
    apply: Break
    found: Sequence[tuple[str, str | None]]


def change(column: str, value: object) -> Break:
    """Set a column to a value in a few rows."""

    def apply(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].astype(object)
        values.iloc[AFFECTED] = value
        return frame.assign(**{column: pd.Series(values.tolist(), frame.index)})

    return apply


def multiply(columns: Sequence[str], factor: int) -> Break:
    """Multiply columns by a factor."""
    return lambda frame: frame.assign(**{column: frame[column] * factor for column in columns})


def make_infinite(columns: Sequence[str]) -> Break:
    """Put both infinities into each column."""

    def apply(frame: pd.DataFrame) -> pd.DataFrame:
        broken = frame.astype(dict.fromkeys(columns, "float64"))
        broken.loc[AFFECTED[0], columns] = np.inf
        broken.loc[AFFECTED[1], columns] = -np.inf
        return broken

    return apply


def lose_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Make every fifth value of every column null."""

    def lose(values: pd.Series) -> pd.Series:
        return values.where(~values.index.isin(values.dropna().index[::5]))

    return frame.apply(lose)


def retype(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn text into numbers, and everything else into text."""
    return frame.apply(lambda values: values.factorize()[0] if values.dtype == "str" else values.astype(str))


def repeat_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Append a few rows a second time."""
    return pd.concat([frame, frame.iloc[AFFECTED]], ignore_index=True)


def move_to_future(frame: pd.DataFrame) -> pd.DataFrame:
    """Move a few rows 30 years ahead, in every column that tells the date."""
    later = frame.index.isin(AFFECTED)
    moved = {
        name: frame[name].mask(later, frame[name] + pd.DateOffset(years=30))
        for name in ("time_hour", "flight_date")
        if name in frame
    }
    year = {"year": frame["year"] + 30 * later} if "year" in frame else {}
    return frame.assign(**moved, **year)


def without_a_week(frame: pd.DataFrame) -> pd.DataFrame:
    """Lose the days from the 8th to the 14th of January."""
    lost = (frame["month"] == 1) & frame["day"].between(8, 14)
    return frame[~lost].reset_index(drop=True)


def every_other_row(frame: pd.DataFrame) -> pd.DataFrame:
    """Lose half of the rows, evenly."""
    return frame[::2].reset_index(drop=True)


def shift_clock(frame: pd.DataFrame) -> pd.DataFrame:
    """Take local time for UTC: New York in winter."""
    return frame.assign(time_hour=frame["time_hour"] - pd.Timedelta(hours=5))


def shift(column: str) -> Break:
    """Move a column down by one row against the others, as a join by position does."""
    return lambda frame: frame.assign(**{column: frame[column].shift(1).bfill()})


def overwrite_schedule(frame: pd.DataFrame) -> pd.DataFrame:
    """Let the schedule say what happened."""
    happened = frame["arr_time"].fillna(frame["sched_arr_time"]).astype("int64")
    return frame.assign(sched_arr_time=happened)


def fill_with_zero(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the flights that never arrived a delay of 0."""
    return frame.fillna({"dep_delay": 0, "arr_delay": 0})


def share_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Repeat each flight under another number."""
    return pd.concat([frame, frame.assign(flight=10_000 - frame["flight"])], ignore_index=True)


def make_constant(columns: Sequence[str]) -> Break:
    """Give each column one value only."""
    return lambda frame: frame.assign(**{name: round(frame[name].median()) for name in columns if name in frame})


def stick_sensors(frame: pd.DataFrame) -> pd.DataFrame:
    """Repeat one observation at JFK for all of November."""
    stuck = (frame["origin"] == "JFK") & (frame["month"] == 11)
    names = [name for name in STUCK if name in frame]
    values = frame.loc[stuck, names].dropna().iloc[0]
    return frame.assign(**{name: frame[name].mask(stuck, values[name]) for name in names})


def use_celsius(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the temperature, but not the dew point, in degrees Celsius."""
    return frame.assign(temp=(frame["temp"] - 32) / 1.8)


def use_knots(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the winds in knots."""
    return frame.assign(**{name: frame[name] * 0.868976 for name in ("wind_speed", "wind_gust")})


CORRUPTIONS = {
    # The shape of the table
    "flights without rows": Corruption("flights", lambda frame: frame.iloc[:0], [(ROWS, None)]),
    "weather without rows": Corruption("weather", lambda frame: frame.iloc[:0], [(ROWS, None)]),
    "features without rows": Corruption("features", lambda frame: frame.iloc[:0], [(ROWS, None)]),
    "missing column of flights": Corruption(
        "flights", lambda frame: frame.drop(columns="arr_delay"), [(COLUMNS, "arr_delay")]
    ),
    "missing column of weather": Corruption(
        "weather", lambda frame: frame.drop(columns="time_hour"), [(COLUMNS, "time_hour")]
    ),
    "renamed column of flights": Corruption(
        "flights",
        lambda frame: frame.rename(columns={"air_time": "airtime"}),
        [(COLUMNS, "air_time"), (COLUMNS, "airtime")],
    ),
    "renamed column of weather": Corruption(
        "weather",
        lambda frame: frame.rename(columns={"temp": "temperature"}),
        [(COLUMNS, "temp"), (COLUMNS, "temperature")],
    ),
    "leaking column among the features": Corruption(
        "features", lambda frame: frame.assign(dep_delay=frame["late"] * 20), [(COLUMNS, "dep_delay")]
    ),
    "retyped columns of flights": Corruption("flights", retype, [(TYPE, column) for column in FLIGHT_COLUMNS]),
    "retyped columns of weather": Corruption("weather", retype, [(TYPE, column) for column in WEATHER_COLUMNS]),
    "retyped features": Corruption("features", retype, [(TYPE, column) for column in FEATURE_COLUMNS]),
    "time without a zone": Corruption(
        "flights",
        lambda frame: frame.assign(time_hour=frame["time_hour"].dt.tz_localize(None)),
        [(TYPE, "time_hour")],
    ),
    # Units
    "delays in seconds": Corruption(
        "flights",
        multiply(["dep_delay", "arr_delay"], 60),
        [
            *((kind, name) for kind in (RANGE, SPREAD, MEAN) for name in ("dep_delay", "arr_delay")),
            (QUERY, "dep_time, sched_dep_time, dep_delay"),
            (QUERY, "arr_time, sched_arr_time, arr_delay"),
        ],
    ),
    "flights times 1,000": Corruption(
        "flights",
        multiply([*FLIGHT_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in FLIGHT_NUMBERS), (RANGE, "month")],
    ),
    "weather times 1,000": Corruption(
        "weather",
        multiply([*WEATHER_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in WEATHER_NUMBERS), (RANGE, "month")],
    ),
    "features times 1,000": Corruption(
        "features",
        multiply([*FEATURE_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in FEATURE_NUMBERS), (RANGE, "month")],
    ),
    "infinities in flights": Corruption(
        "flights", make_infinite(FLIGHT_NUMBERS), [(RANGE, column) for column in FLIGHT_NUMBERS]
    ),
    "infinities in weather": Corruption(
        "weather", make_infinite(WEATHER_NUMBERS), [(RANGE, column) for column in WEATHER_NUMBERS]
    ),
    "infinities in features": Corruption(
        "features", make_infinite(FEATURE_NUMBERS), [(RANGE, column) for column in FEATURE_NUMBERS]
    ),
    # Nulls. Gusts are null in four hours of five, so only losing them all is unexpected.
    "nulls in flights": Corruption("flights", lose_values, [(NULLS, column) for column in FLIGHT_COLUMNS]),
    "nulls in weather": Corruption(
        "weather", lose_values, [(NULLS, column) for column in WEATHER_COLUMNS if column != "wind_gust"]
    ),
    "nulls in features": Corruption(
        "features", lose_values, [(NULLS, column) for column in FEATURE_COLUMNS if column != "wind_gust"]
    ),
    "weather without gusts": Corruption(
        "weather", lambda frame: frame.assign(wind_gust=np.nan), [(NULLS, "wind_gust")]
    ),
    "features without gusts": Corruption(
        "features", lambda frame: frame.assign(wind_gust=np.nan), [(NULLS, "wind_gust")]
    ),
    # Rows and keys
    "repeated flights": Corruption("flights", repeat_rows, [(UNIQUE, FLIGHT_KEY)]),
    "repeated weather": Corruption("weather", repeat_rows, [(UNIQUE, "origin, time_hour")]),
    "flights in both parts": Corruption("features", repeat_rows, [(UNIQUE, FLIGHT_KEY)]),
    "flights without a week": Corruption("flights", without_a_week, [(QUERY, "year, month, day")]),
    "weather without a week": Corruption("weather", without_a_week, [(QUERY, "time_hour")]),
    "features without March": Corruption(
        "features",
        lambda frame: frame[frame["month"] != 3].reset_index(drop=True),
        [(EQUAL_SET, "month"), (QUERY, "flight_date")],
    ),
    "half of the flights": Corruption("flights", every_other_row, [(QUERY, "day")]),
    "half of the weather": Corruption("weather", every_other_row, [(QUERY, "origin, time_hour")]),
    "flights twice, as code shares": Corruption("flights", share_codes, [(QUERY, "month, day")]),
    # Columns that contradict one another
    "flights in local time": Corruption("flights", shift_clock, [(QUERY, LOCAL_TIME)]),
    "weather in local time": Corruption("weather", shift_clock, [(QUERY, LOCAL_TIME)]),
    "minutes cut off": Corruption(
        "flights", lambda frame: frame.assign(minute=0), [(QUERY, "sched_dep_time, hour, minute")]
    ),
    "schedule overwritten by what happened": Corruption(
        "flights", overwrite_schedule, [(QUERY, "arr_time, sched_arr_time, arr_delay")]
    ),
    "cancelled flights in time": Corruption(
        "flights",
        fill_with_zero,
        [(QUERY, "arr_delay, air_time, arr_time"), (QUERY, "dep_time, dep_delay"), (QUERY, "arr_delay, day")],
    ),
    "carriers shifted by a row": Corruption("flights", shift("carrier"), [(QUERY, "tailnum, carrier")]),
    "destinations shifted by a row": Corruption("flights", shift("dest"), [(QUERY, "origin, dest, distance")]),
    "Celsius for Fahrenheit": Corruption("weather", use_celsius, [(QUERY, "temp, dewp, humid")]),
    "knots for miles an hour": Corruption("weather", use_knots, [(QUERY, "wind_speed"), (QUERY, "wind_gust")]),
    "stuck sensors": Corruption("weather", stick_sensors, [(QUERY, f"{name}, origin, time_hour") for name in STUCK]),
    "constant numbers in flights": Corruption(
        "flights",
        make_constant(FLIGHT_NUMBERS),
        [(DISTINCT, name) for name in FLIGHT_NUMBERS if name in WITH_BANDS],
    ),
    "constant numbers in weather": Corruption(
        "weather", make_constant(OBSERVATIONS), [(DISTINCT, name) for name in OBSERVATIONS if name in WITH_BANDS]
    ),
    "flights in the future": Corruption(
        "flights", move_to_future, [(RANGE, "time_hour"), (RANGE, "year"), (QUERY, OTHER_TABLE)]
    ),
    "weather in the future": Corruption("weather", move_to_future, [(RANGE, "time_hour"), (RANGE, "year")]),
    "features in the future": Corruption("features", move_to_future, [(RANGE, "time_hour"), (RANGE, "flight_date")]),
    # Values
    "unknown carrier": Corruption("flights", change("carrier", "ZZ"), [(IN_SET, "carrier")]),
    "other carriers everywhere": Corruption("flights", lambda frame: frame.assign(carrier="ZZ"), [(IN_SET, "carrier")]),
    "unknown carrier among the features": Corruption("features", change("carrier", "ZZ"), [(IN_SET, "carrier")]),
    "unknown origin": Corruption("flights", change("origin", "ORD"), [(IN_SET, "origin")]),
    "unknown origin among the features": Corruption("features", change("origin", "ORD"), [(IN_SET, "origin")]),
    "unknown weather station": Corruption("weather", change("origin", "ORD"), [(EQUAL_SET, "origin")]),
    "destination in words": Corruption("flights", change("dest", "Boston"), [(REGEX, "dest")]),
    "destination in words among the features": Corruption("features", change("dest", "Boston"), [(REGEX, "dest")]),
    "tail number cut off": Corruption("flights", change("tailnum", "N"), [(LENGTHS, "tailnum"), (REGEX, "tailnum")]),
    "target of another kind": Corruption("features", change("late", 2), [(IN_SET, "late")]),
    "every flight late": Corruption(
        "features", lambda frame: frame.assign(late=np.ones(len(frame), "int8")), [(MEAN, "late")]
    ),
}
