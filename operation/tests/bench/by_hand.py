"""The checks of the suite `flights` as a data scientist would write them in pandas, to compare its time with.

Takes a folder with flights.parquet and weather.parquet, and how many times all flights it holds; prints how many
checks there were and the seconds that they alone took, without reading. One that is not met raises AssertionError.
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
    "dep_time": 0.9,
    "dep_delay": 0.9,
    "arr_time": 0.9,
    "arr_delay": 0.9,
    "air_time": 0.9,
    "tailnum": 0.97,
}
RANGES = {
    "year": (2013, 2013),
    "month": (1, 12),
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
MEANS = {  # of each column the bounds of its mean, and the fewest different values
    "dep_time": (1300, 1400, 900),
    "sched_dep_time": (1300, 1400, 400),
    "arr_time": (1400, 1600, 900),
    "sched_arr_time": (1450, 1620, 600),
    "flight": (1600, 2400, 800),
    "air_time": (130, 180, 300),
    "distance": (900, 1200, 100),
    "hour": (12.5, 14, 15),
    "minute": (22, 30, 30),
    "dep_delay": (-5, 40, 150),
    "arr_delay": (-15, 40, 150),
}
SPREADS = {  # standard deviations
    "dep_time": (440, 540),
    "sched_dep_time": (430, 500),
    "arr_time": (470, 610),
    "sched_arr_time": (450, 550),
    "flight": (1400, 1900),
    "air_time": (80, 110),
    "distance": (640, 820),
    "hour": (4.3, 5),
    "minute": (17, 21),
    "dep_delay": (20, 80),
    "arr_delay": (20, 80),
}
FORMS = {"dest": "[A-Z]{3}", "origin": "[A-Z]{3}", "carrier": "[A-Z0-9]{2}", "tailnum": "[A-Z0-9]{5,6}"}


def check(flights: Any, weather: Any, copies: float) -> int:
    """Check a data frame of flights beside that of the weather; return how many checks it has passed."""
    columns = [*INTEGERS, *FLOATS, *STRINGS, "time_hour"]
    assert len(flights) >= 20_000 * copies, "rows"
    assert not set(columns) - set(flights.columns), "a column is missing"
    assert not set(flights.columns) - set(columns), "a column too many"
    values = types(flights) + presence(flights, columns) + ranges(flights) + contents(flights) + figures(flights)
    rows = times(flights) + absences(flights) + days(flights, copies) + relations(flights)
    return 3 + values + rows + losses(flights) + with_weather(flights, weather)


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
    """Sets, forms, lengths and the key."""
    for name, allowed in SETS.items():
        known = flights[name].isin(allowed)
        assert known.mean() >= 0.95, f"{name} has many unknown values"
        assert known.all(), f"{name} has an unknown value"
    assert {"AA", "B6", "DL", "EV", "UA"} <= set(flights["carrier"].unique()), "a large carrier is missing"
    for name, form in FORMS.items():
        assert flights[name].dropna().str.fullmatch(form).all(), f"{name} has another form"
    assert flights["tailnum"].dropna().str.len().between(5, 6).all(), "tailnum is too long or too short"
    assert not flights.duplicated(["time_hour", "carrier", "flight"]).any(), "a flight comes twice"
    return 2 * len(SETS) + 1 + len(FORMS) + 2


def figures(flights: Any) -> int:
    """Means, numbers of different values, standard deviations."""
    for name, (least, most, different) in MEANS.items():
        assert least <= flights[name].mean() <= most, f"the mean of {name}"
        assert flights[name].nunique() >= different, f"{name} has few values"
    for name, (least, most) in SPREADS.items():
        assert least <= flights[name].std() <= most, f"the spread of {name}"
    return 2 * len(MEANS) + len(SPREADS)


def times(flights: Any) -> int:
    """Local times follow from `time_hour`, delays from the two times."""
    local = flights["time_hour"].dt.tz_convert("America/New_York").dt
    same = [getattr(local, part) == flights[part] for part in ("year", "month", "day", "hour")]
    assert (same[0] & same[1] & same[2] & same[3]).mean() >= 0.99, "local times"
    whole = flights["sched_dep_time"] == 100 * flights["hour"] + flights["minute"]
    assert whole.mean() >= 0.999, "sched_dep_time"
    for name in ("dep", "arr"):
        known = flights[[f"{name}_time", f"sched_{name}_time", f"{name}_delay"]].dropna()
        late = minutes(known[f"{name}_time"]) - minutes(known[f"sched_{name}_time"]) - known[f"{name}_delay"]
        assert (late % 1440 == 0).mean() >= 0.99, f"{name}_delay"
    return 4


def minutes(clock: Any) -> Any:
    """Of the day, from 1530 for half past three."""
    return clock // 100 * 60 + clock % 100


def absences(flights: Any) -> int:
    """What is absent together."""
    absent = flights[["arr_delay", "air_time", "arr_time", "dep_time", "dep_delay"]].isna()
    alone = (absent["arr_delay"] != absent["air_time"]) | (absent["arr_time"] & ~absent["arr_delay"])
    assert not alone.any(), "arrivals"
    assert not (absent["dep_time"] != absent["dep_delay"]).any(), "departures"
    assert 0.002 <= absent["arr_delay"].mean() <= 0.1, "flights without an arrival delay"
    by_day = absent["arr_delay"].groupby([flights["year"], flights["month"], flights["day"]]).mean()
    assert by_day.max() <= 0.9, "a day without arrivals"
    return 4


def days(flights: Any, copies: float) -> int:
    """No day is missing, none has few or many flights, one day of the week is quiet."""
    number = flights.groupby(["year", "month", "day"]).size()
    dates = pd.to_datetime(number.index.to_frame(index=False))
    assert (dates.max() - dates.min()).days + 1 == len(dates), "a day is missing"
    assert number.min() >= 500 * copies, "a day with few flights"
    assert number.max() <= 1300 * copies, "a day with many flights"
    weekday = pd.Series(number.to_numpy()).groupby(dates.dt.weekday).mean()
    assert weekday.min() / weekday.median() <= 0.86, "no quiet day"
    at_places = flights.groupby("origin").agg(flights=("day", "size"))
    seen = flights.drop_duplicates(["origin", "year", "month", "day"]).groupby("origin").size()
    assert (seen[at_places["flights"] >= 0.1 * len(flights)] == len(number)).all(), "a day without flights at a place"
    return 5


def relations(flights: Any) -> int:
    """An aircraft has one carrier and is at one place, a route one distance."""
    by_carrier = flights.groupby(["tailnum", "carrier"]).size().groupby("tailnum")
    assert by_carrier.max().sum() / by_carrier.sum().sum() >= 0.99, "carriers of an aircraft"
    by_distance = flights.groupby(["origin", "dest", "distance"]).size().groupby(["origin", "dest"])
    assert by_distance.max().sum() / by_distance.sum().sum() >= 0.99, "distances of a route"
    known = flights.loc[flights["tailnum"].notna(), ["tailnum", "year", "month", "day", "sched_dep_time"]]
    assert known.duplicated().mean() <= 0.005, "an aircraft at two places"
    return 3


def losses(flights: Any) -> int:
    """No hour of the day is lost, no week of a large carrier, no long delay; arrivals belong to their departures."""
    by_hour = flights["hour"].value_counts().reindex(range(6, 21), fill_value=0)
    assert by_hour.min() / by_hour.median() >= 0.3, "an hour of every day is lost"
    weeks = pd.to_datetime(flights[["year", "month", "day"]]).dt.to_period("W")
    seen, number = weeks.groupby(flights["carrier"]).nunique(), flights["carrier"].value_counts()
    assert (seen[number[number >= 0.1 * len(flights)].index] == weeks.nunique()).all(), "weeks without a carrier"
    assert flights["arr_delay"].corr(flights["dep_delay"]) >= 0.7, "arrivals of other departures"
    assert (flights["arr_delay"].dropna() > 120).mean() >= 0.002, "long delays are cut off"
    return 4


def with_weather(flights: Any, weather: Any) -> int:
    """The weather is of the same days and places, and rain delays."""
    span, of_weather = (table.groupby("origin")["time_hour"].agg(["min", "max"]) for table in (flights, weather))
    hour = pd.Timedelta(hours=1)
    assert ((span["max"] - of_weather["max"]) / hour).max() <= 36, "the weather ends early"
    assert ((of_weather["min"] - span["min"]) / hour).max() <= 3, "the weather begins late"
    both = flights[["origin", "time_hour", "dep_delay"]].merge(
        weather[["origin", "time_hour", "visib"]], on=["origin", "time_hour"]
    )
    assert both["dep_delay"].clip(-20, 120).corr(both["visib"]) <= -0.055, "the weather is of other hours"
    return 3


def main() -> None:
    """Read, check, say how long the checks took."""
    flights, weather = (pd.read_parquet(Path(sys.argv[1], f"{name}.parquet")) for name in ("flights", "weather"))
    started = time.perf_counter()
    passed = check(flights, weather, float(sys.argv[2]))
    print(f"{passed} checks {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
