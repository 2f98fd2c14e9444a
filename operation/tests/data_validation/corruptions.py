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
AFFECTED = list(range(100, 110))  # the rows that a corruption of single rows touches

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
    """Make 1 % of the values of every column null."""

    def lose(values: pd.Series) -> pd.Series:
        return values.where(~values.index.isin(values.dropna().index[::100]))

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


def without_march(frame: pd.DataFrame) -> pd.DataFrame:
    """Lose a month."""
    return frame[frame["month"] != 3].reset_index(drop=True)


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
        [(RANGE, "dep_delay"), (RANGE, "arr_delay"), (SPREAD, "dep_delay"), (SPREAD, "arr_delay")],
    ),
    "flights times 1,000": Corruption(
        "flights",
        multiply([*FLIGHT_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in FLIGHT_NUMBERS), (EQUAL_SET, "month")],
    ),
    "weather times 1,000": Corruption(
        "weather",
        multiply([*WEATHER_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in WEATHER_NUMBERS), (EQUAL_SET, "month")],
    ),
    "features times 1,000": Corruption(
        "features",
        multiply([*FEATURE_NUMBERS, "month"], 1000),
        [*((RANGE, column) for column in FEATURE_NUMBERS), (EQUAL_SET, "month")],
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
    "1 % nulls in flights": Corruption("flights", lose_values, [(NULLS, column) for column in FLIGHT_COLUMNS]),
    "1 % nulls in weather": Corruption(
        "weather", lose_values, [(NULLS, column) for column in WEATHER_COLUMNS if column != "wind_gust"]
    ),
    "1 % nulls in features": Corruption(
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
    "flights without March": Corruption("flights", without_march, [(EQUAL_SET, "month")]),
    "weather without March": Corruption("weather", without_march, [(EQUAL_SET, "month")]),
    "flights in the future": Corruption("flights", move_to_future, [(RANGE, "time_hour"), (RANGE, "year")]),
    "weather in the future": Corruption("weather", move_to_future, [(RANGE, "time_hour"), (RANGE, "year")]),
    "features in the future": Corruption("features", move_to_future, [(RANGE, "time_hour"), (RANGE, "flight_date")]),
    # Values
    "unknown carrier": Corruption("flights", change("carrier", "ZZ"), [(IN_SET, "carrier")]),
    "unknown carrier among the features": Corruption("features", change("carrier", "ZZ"), [(IN_SET, "carrier")]),
    "unknown origin": Corruption("flights", change("origin", "ORD"), [(IN_SET, "origin")]),
    "unknown origin among the features": Corruption("features", change("origin", "ORD"), [(IN_SET, "origin")]),
    "unknown weather station": Corruption("weather", change("origin", "ORD"), [(EQUAL_SET, "origin")]),
    "destination in words": Corruption("flights", change("dest", "Boston"), [(REGEX, "dest")]),
    "destination in words among the features": Corruption("features", change("dest", "Boston"), [(REGEX, "dest")]),
    "tail number cut off": Corruption("flights", change("tailnum", "N"), [(LENGTHS, "tailnum")]),
    "target of another kind": Corruption("features", change("late", 2), [(IN_SET, "late")]),
    "every flight late": Corruption(
        "features", lambda frame: frame.assign(late=np.ones(len(frame), "int8")), [(MEAN, "late")]
    ),
}
