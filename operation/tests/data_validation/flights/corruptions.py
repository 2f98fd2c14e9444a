"""Every way in which the tests break the real data: one function a corruption, each makes a new table of an old one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from operation.execution.validation.failures import Failure

RANGE = "expect_column_values_to_be_between"
TYPE = "expect_column_values_to_be_of_type"
NULLS = "expect_column_values_to_not_be_null"
COLUMNS = "expect_table_columns_to_match_set"
ROWS = "expect_table_row_count_to_be_between"
UNIQUE = "expect_compound_columns_to_be_unique"
IN_SET = "expect_column_values_to_be_in_set"
EQUAL_SET = "expect_column_distinct_values_to_equal_set"
CONTAIN_SET = "expect_column_distinct_values_to_contain_set"
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
    *("recent_departure_delay", "recent_waiting"),
]
FEATURE_COLUMNS = [*FEATURE_NUMBERS, "flight_date", "time_hour", "carrier", "month", "origin", "dest", "late"]
WITH_BANDS = [name for name in [*FLIGHT_NUMBERS, *WEATHER_NUMBERS] if name not in ("year", "day", "wind_gust")]
AFFECTED = list(range(100, 110))  # the rows that a corruption of single rows touches

STUCK = ["temp", "dewp", "humid", "wind_speed", "wind_dir", "pressure"]
OTHER_TABLE = "origin, time_hour"  # of flights: how they are compared with the weather
DATE = "year, month, day"
LOCAL_TIME = "time_hour, year, month, day, hour"

Break = Callable[[pd.DataFrame], pd.DataFrame]
FindFailures = Callable[[str], tuple[Failure, ...]]  # of the corruption of that name


@dataclass(frozen=True)
class Corruption:
    """A table, what is done to it, and the failures that must name it: pairs of expectation and column.

    The data are refused, unless all that is found is a warning.
    """

    table: str
    apply: Break
    found: Sequence[tuple[str, str | None]]
    verdict: str = "refuse"


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


def lose(condition: Callable[[pd.DataFrame], pd.Series]) -> Break:
    """Lose the rows that meet a condition."""
    return lambda frame: frame[~condition(frame)].reset_index(drop=True)


def repeat_a_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Append the flights of the 3rd of January once more, under the date of the 4th and other numbers."""
    again = frame[(frame["month"] == 1) & (frame["day"] == 3)]
    moved = again.assign(day=4, time_hour=again["time_hour"] + pd.Timedelta(days=1), flight=again["flight"] % 8999 + 1)
    return pd.concat([frame, moved], ignore_index=True)


def swap_days_and_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Read dd/mm as mm/dd wherever that gives a date, in the columns and in the time alike."""
    swapped = frame["day"] <= 12
    month, day = frame["month"].mask(swapped, frame["day"]), frame["day"].mask(swapped, frame["month"])
    dates = {"year": frame["year"], "month": month, "day": day}
    moved = pd.to_datetime(dates) - pd.to_datetime(frame[["year", "month", "day"]])
    rows = frame.assign(month=month, day=day, time_hour=frame["time_hour"] + moved)
    return rows.drop_duplicates(["origin", "time_hour"], ignore_index=True)


def date_a_day_earlier(frame: pd.DataFrame) -> pd.DataFrame:
    """Date flights a day before they took place, so that they meet the weather of another day."""
    day = pd.Timedelta(days=1)
    moved = pd.to_datetime(frame[["year", "month", "day"]]) - day
    return frame.assign(year=moved.dt.year, month=moved.dt.month, day=moved.dt.day, time_hour=frame["time_hour"] - day)


def deal_out_over_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Give flights the hours of other months, and so the weather of other flights."""
    return frame.assign(time_hour=frame["time_hour"] + pd.to_timedelta(30 * (np.arange(len(frame)) % 8), unit="D"))


def delay_observations(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each observation to the hour five hours later."""
    return frame.assign(**frame.groupby("origin")[OBSERVATIONS].shift(5).bfill())


def stick_for_months(frame: pd.DataFrame) -> pd.DataFrame:
    """Let visibility and rain at JFK stay the same for November."""
    stuck = (frame["origin"] == "JFK") & (frame["month"] == 11)
    return frame.assign(visib=frame["visib"].mask(stuck, 10.0), precip=frame["precip"].mask(stuck, 0.0))


def lose_outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    """Let the outcomes of the last days not be known yet."""
    last = frame["day"] > 28
    outcome = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]
    return frame.assign(**{name: frame[name].mask(last) for name in outcome})


def fill(**values: float) -> Break:
    """Fill the nulls of columns."""
    return lambda frame: frame.fillna(values)


def add_a_station(frame: pd.DataFrame) -> pd.DataFrame:
    """Append the weather of a fourth place."""
    return pd.concat([frame, frame[frame["origin"] == "JFK"].assign(origin="HPN")], ignore_index=True)


def swap(one: str, other: str) -> Break:
    """Exchange the names of two columns."""
    return lambda frame: frame.rename(columns={one: other, other: one})


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


def deal_out_arrivals(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each flight the arrival of the one a thousand rows before."""
    arrival = ["arr_time", "sched_arr_time", "arr_delay", "air_time"]
    moved = np.roll(frame[arrival].to_numpy(), 1000, axis=0)
    return frame.assign(**pd.DataFrame(moved, frame.index, arrival).astype(frame[arrival].dtypes))


def use_kilometres(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the wind at JFK in kilometres an hour."""
    return frame.assign(wind_speed=frame["wind_speed"].where(frame["origin"] != "JFK", frame["wind_speed"] * 1.609344))


def use_celsius_in_july(frame: pd.DataFrame) -> pd.DataFrame:
    """Give temperature and dew point at JFK in degrees Celsius for a month, so that the humidity still follows."""
    july = (frame["origin"] == "JFK") & (frame["month"] == 7)
    return frame.assign(**{name: frame[name].mask(july, (frame[name] - 32) / 1.8) for name in ("temp", "dewp")})


def repeat_a_station(frame: pd.DataFrame) -> pd.DataFrame:
    """Give LGA the weather of JFK."""
    return pd.concat([frame[frame["origin"] != "LGA"], frame[frame["origin"] == "JFK"].assign(origin="LGA")])


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
    "flights without a week": Corruption("flights", without_a_week, [(QUERY, DATE)]),
    "weather without a week": Corruption("weather", without_a_week, [(QUERY, "time_hour")]),
    "features without March": Corruption(
        "features",
        lambda frame: frame[frame["month"] != 3].reset_index(drop=True),
        [(EQUAL_SET, "month"), (QUERY, "flight_date")],
    ),
    "half of the flights": Corruption("flights", every_other_row, [(QUERY, DATE)]),
    "flights without a week of one airport": Corruption(
        "flights",
        lose(lambda frame: (frame["origin"] == "LGA") & frame["day"].between(8, 14)),
        [(QUERY, "origin, year, month, day")],
    ),
    "flights without a large carrier": Corruption(
        "flights", lose(lambda frame: frame["carrier"] == "UA"), [(CONTAIN_SET, "carrier")]
    ),
    "a day twice, under the next day's date": Corruption("flights", repeat_a_day, [(QUERY, DATE)]),
    "weather without a day": Corruption(
        "weather", lose(lambda frame: (frame["month"] == 5) & (frame["day"] == 5)), [(QUERY, "time_hour")]
    ),
    "weather without a station": Corruption(
        "weather", lose(lambda frame: frame["origin"] == "LGA"), [(CONTAIN_SET, "origin")]
    ),
    "outcomes that are not known yet": Corruption("flights", lose_outcomes, [(QUERY, "arr_delay, year, month, day")]),
    "flights without an hour of each day": Corruption(
        "flights", lose(lambda frame: frame["hour"] == 12), [(QUERY, "hour")]
    ),
    "flights without two weeks of a carrier": Corruption(
        "flights",
        lose(lambda frame: (frame["carrier"] == "UA") & frame["day"].between(7, 20)),
        [(QUERY, "carrier, year, month, day")],
        verdict="warn",
    ),
    "flights without long delays": Corruption(
        "flights", lose(lambda frame: frame["arr_delay"] > 120), [(QUERY, "arr_delay")]
    ),
    "weather without an hour of each day": Corruption(
        "weather", lose(lambda frame: frame["hour"] == 15), [(QUERY, "hour")]
    ),
    "half of the weather": Corruption("weather", every_other_row, [(QUERY, "origin, time_hour")]),
    "flights twice, as code shares": Corruption(
        "flights", share_codes, [(QUERY, DATE), (QUERY, "tailnum, year, month, day, sched_dep_time")]
    ),
    # Columns that contradict one another
    "flights in local time": Corruption("flights", shift_clock, [(QUERY, LOCAL_TIME)]),
    "weather in local time": Corruption("weather", shift_clock, [(QUERY, LOCAL_TIME)]),
    "flights of another day than their weather": Corruption("flights", date_a_day_earlier, [(QUERY, OTHER_TABLE)]),
    "flights of other months than their weather": Corruption(
        "flights", deal_out_over_months, [(QUERY, "dep_delay, origin, time_hour")]
    ),
    "arrivals of other flights": Corruption("flights", deal_out_arrivals, [(QUERY, "arr_delay, dep_delay")]),
    "minutes cut off": Corruption(
        "flights", lambda frame: frame.assign(minute=0), [(QUERY, "sched_dep_time, hour, minute")]
    ),
    "schedule overwritten by what happened": Corruption(
        "flights", overwrite_schedule, [(QUERY, "arr_time, sched_arr_time, arr_delay")]
    ),
    "cancelled flights in time": Corruption(
        "flights",
        fill_with_zero,
        [(QUERY, "arr_delay, air_time, arr_time"), (QUERY, "dep_time, dep_delay"), (QUERY, "arr_delay")],
    ),
    "carriers shifted by a row": Corruption("flights", shift("carrier"), [(QUERY, "tailnum, carrier")]),
    "destinations shifted by a row": Corruption("flights", shift("dest"), [(QUERY, "origin, dest, distance")]),
    "Celsius for Fahrenheit": Corruption("weather", use_celsius, [(QUERY, "temp, dewp, humid")]),
    "knots for miles an hour": Corruption("weather", use_knots, [(QUERY, "wind_speed"), (QUERY, "wind_gust")]),
    "kilometres an hour at one place": Corruption("weather", use_kilometres, [(QUERY, "wind_speed")]),
    "Celsius for a month at one place": Corruption(
        "weather", use_celsius_in_july, [(QUERY, "temp, origin, time_hour")]
    ),
    "the weather of another place": Corruption(
        "weather",
        repeat_a_station,
        [(QUERY, "temp, dewp, wind_dir, wind_speed, origin, time_hour")],
        verdict="warn",
    ),
    "days and months of the weather swapped": Corruption(
        "weather", swap_days_and_months, [(QUERY, "temp, origin, time_hour, hour")]
    ),
    "weather of five hours before": Corruption("weather", delay_observations, [(QUERY, "temp, hour")]),
    "departure and arrival delay swapped": Corruption(
        "flights",
        swap("dep_delay", "arr_delay"),
        [(QUERY, "dep_time, sched_dep_time, dep_delay"), (QUERY, "arr_time, sched_arr_time, arr_delay")],
    ),
    "wind and gusts swapped": Corruption("weather", swap("wind_speed", "wind_gust"), [(NULLS, "wind_speed")]),
    "no gust as 0": Corruption("weather", fill(wind_gust=0), [(QUERY, "wind_gust")]),
    "no direction as 0": Corruption("weather", fill(wind_dir=0), [(QUERY, "wind_dir, wind_speed")]),
    "no pressure as the usual one": Corruption("weather", fill(pressure=1017.9), [(QUERY, "pressure")]),
    "no pressure as -999": Corruption("weather", fill(pressure=-999), [(RANGE, "pressure")]),
    "sensors stuck for a month": Corruption(
        "weather",
        stick_for_months,
        [(QUERY, "visib, origin, year, month"), (QUERY, "precip, origin, year, month")],
    ),
    "stuck sensors": Corruption("weather", stick_sensors, [(QUERY, f"{name}, origin, time_hour") for name in STUCK]),
    "constant numbers in flights": Corruption(
        "flights",
        make_constant(FLIGHT_NUMBERS),
        [(DISTINCT, name) for name in FLIGHT_NUMBERS if name in WITH_BANDS],
    ),
    "constant numbers in weather": Corruption(
        "weather", make_constant(OBSERVATIONS), [(DISTINCT, name) for name in OBSERVATIONS]
    ),
    "flights in the future": Corruption(
        "flights", move_to_future, [(RANGE, "time_hour"), (RANGE, "year"), (QUERY, OTHER_TABLE)]
    ),
    "weather in the future": Corruption("weather", move_to_future, [(RANGE, "time_hour"), (RANGE, "year")]),
    "features in the future": Corruption("features", move_to_future, [(RANGE, "time_hour"), (RANGE, "flight_date")]),
    "another column": Corruption(
        "flights", lambda frame: frame.assign(loaded_at=0), [(COLUMNS, "loaded_at")], verdict="warn"
    ),
    "an index of pandas": Corruption(
        "weather",
        lambda frame: frame.assign(__index_level_0__=frame.index),
        [(COLUMNS, "__index_level_0__")],
        verdict="warn",
    ),
    # Values
    "unknown carrier": Corruption("flights", change("carrier", "ZZ"), [(IN_SET, "carrier")], verdict="warn"),
    "other carriers everywhere": Corruption("flights", lambda frame: frame.assign(carrier="ZZ"), [(IN_SET, "carrier")]),
    "unknown carrier among the features": Corruption(
        "features", change("carrier", "ZZ"), [(IN_SET, "carrier")], verdict="warn"
    ),
    "unknown origin": Corruption("flights", change("origin", "ORD"), [(IN_SET, "origin")], verdict="warn"),
    "unknown origin among the features": Corruption(
        "features", change("origin", "ORD"), [(IN_SET, "origin")], verdict="warn"
    ),
    "unknown weather station": Corruption("weather", add_a_station, [(IN_SET, "origin")], verdict="warn"),
    "carrier in small letters": Corruption(
        "flights", change("carrier", "ua"), [(IN_SET, "carrier"), (REGEX, "carrier")]
    ),
    "origin in words": Corruption("flights", change("origin", "Kennedy"), [(IN_SET, "origin"), (REGEX, "origin")]),
    "destination in words": Corruption("flights", change("dest", "Boston"), [(REGEX, "dest")]),
    "destination in words among the features": Corruption("features", change("dest", "Boston"), [(REGEX, "dest")]),
    "tail number cut off": Corruption("flights", change("tailnum", "N"), [(LENGTHS, "tailnum"), (REGEX, "tailnum")]),
    "target of another kind": Corruption("features", change("late", 2), [(IN_SET, "late")]),
    "every flight late": Corruption(
        "features", lambda frame: frame.assign(late=np.ones(len(frame), "int8")), [(MEAN, "late")]
    ),
}
