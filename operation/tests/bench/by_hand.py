"""Checks of the suite `flights` as a data scientist would write them in pandas, to compare its time with.

The suite has more than these: means, numbers of different values, and queries, which people leave out by hand.

Takes a folder with flights.parquet; prints the seconds that the checks alone took, without reading. A check that is
not met raises AssertionError.
"""

import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

INTEGERS = ["year", "month", "day", "sched_dep_time", "sched_arr_time", "flight", "distance", "hour", "minute"]
FLOATS = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]  # integers, but for the absent ones
STRINGS = ["carrier", "tailnum", "origin", "dest"]
LEAST_PRESENT = {
    "dep_time": 0.97,
    "dep_delay": 0.97,
    "arr_time": 0.968,
    "arr_delay": 0.967,
    "air_time": 0.967,
    "tailnum": 0.988,
}
RANGES = {
    "year": (2013, 2013),
    "day": (1, 31),
    "dep_time": (1, 2400),
    "sched_dep_time": (1, 2359),
    "dep_delay": (-60, 1440),
    "arr_time": (1, 2400),
    "sched_arr_time": (1, 2359),
    "arr_delay": (-120, 1440),
    "flight": (1, 9999),
    "air_time": (10, 900),
    "distance": (10, 5500),
    "hour": (0, 23),
    "minute": (0, 59),
    "time_hour": (pd.Timestamp("2013-01-01T05:00:00Z"), pd.Timestamp("2014-01-01T04:59:59Z")),
}
SETS = {
    "carrier": ["9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV"],
    "origin": ["EWR", "JFK", "LGA"],
}


def check(flights: Any) -> int:
    """Check a data frame of flights; return how many checks it has passed."""
    columns = [*INTEGERS, *FLOATS, *STRINGS, "time_hour"]
    assert len(flights) >= 10_000, "rows"
    assert set(flights.columns) == set(columns), "columns"
    return 2 + types(flights) + presence(flights, columns) + ranges(flights) + contents(flights)


def types(flights: Any) -> int:
    """Of all 19 columns."""
    for names, kind in ((INTEGERS, "int64"), (FLOATS, "float64"), (STRINGS, "str")):
        for name in names:
            assert flights[name].dtype == kind, f"{name} is of type {flights[name].dtype}"
    assert isinstance(flights["time_hour"].dtype, pd.DatetimeTZDtype), "time_hour"
    return len(INTEGERS) + len(FLOATS) + len(STRINGS) + 1


def presence(flights: Any, columns: list[str]) -> int:
    """Of every column the share of values that are there."""
    for name in columns:
        assert flights[name].notna().mean() >= LEAST_PRESENT.get(name, 1), f"{name} is absent too often"
    return len(columns)


def ranges(flights: Any) -> int:
    """Of values that are there."""
    for name, (least, most) in RANGES.items():
        assert flights[name].dropna().between(least, most).all(), f"{name} out of its range"
    return len(RANGES)


def contents(flights: Any) -> int:
    """Sets, forms, spreads and the key."""
    for name, allowed in SETS.items():
        assert flights[name].isin(allowed).all(), f"{name} has an unknown value"
    assert set(flights["month"].unique()) == set(range(1, 13)), "a month is missing"
    assert flights["dest"].str.match("^[A-Z]{3}$").all(), "dest is no airport"
    assert flights["tailnum"].dropna().str.len().between(5, 6).all(), "tailnum is too long or too short"
    for name in ("dep_delay", "arr_delay"):
        assert 20 <= flights[name].std() <= 80, f"{name} is in another unit"
    assert not flights.duplicated(["time_hour", "carrier", "flight"]).any(), "a flight comes twice"
    return len(SETS) + 6


def main() -> None:
    """Read, check, say how long the checks took."""
    flights = pd.read_parquet(Path(sys.argv[1], "flights.parquet"))
    started = time.perf_counter()
    passed = check(flights)
    print(f"{passed} checks {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
