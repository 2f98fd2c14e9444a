"""What the core scripts need of this use case: what its tables hold, its words and the arguments of its preparation."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flights.schema import FEATURES, KEYS, RAW_COLUMNS, TARGET

EVENT = "late"  # what happened where the target is 1: the word in metrics, plots and the model
SLICED_BY = ("month", "carrier")  # columns whose values evaluation looks at one by one
EVENTS_TOGETHER = "flight_date"  # column whose rows share a cause: flights of a day share its weather

__all__ = ["EVENT", "EVENTS_TOGETHER", "FEATURES", "KEYS", "RAW_COLUMNS", "SLICED_BY", "TARGET", "add_preparation"]


def add_preparation(add: Callable[..., Any]) -> None:
    """Declare the arguments that become `flights.data.Rules`; `add` is the `add_argument` of prepare.py's parser."""
    add("--late-after-minutes", type=float, default=15, help="an arrival delayed by more is late")
    add("--test-from", type=date.fromisoformat, default=date(2013, 11, 1), help="first scheduled date of the test part")
    add("--test-until", type=date.fromisoformat, default=date(2014, 1, 1), help="first scheduled date after it")
    add("--max-weather-age-hours", type=float, default=3, help="an older observation counts as none")
    add("--recent-weather-hours", type=float, default=6, help="how far back recent precipitation, wind ... reach")
