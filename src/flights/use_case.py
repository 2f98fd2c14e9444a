"""What the core scripts need of this use case: what its tables hold, its words and the arguments of its preparation.

`operation/` reads the constants without running anything, so they are literals, or names that lead to literals.
"""

from collections.abc import Callable
from typing import Any

from flights.schema import FEATURES, KEYS, OUTCOME_COLUMNS, RAW_COLUMNS, TARGET
from learning.arguments import integer

TASK = "binary"  # or multiclass, or regression
EVENT = "late"  # what happened where the target is 1: the word in metrics, plots and the model
ROWS = "flights"  # what the rows are
SLICED_BY = ["month", "carrier"]  # columns whose values evaluation looks at one by one
TIME = "flight_date"  # column by which rows are divided in time; "" if there is none
GROUP = ""  # column whose rows must not be divided; "" if there is none
TOGETHER = "flight_date"  # column whose rows share a cause: flights of a day share its weather; "" for single rows
PREDICTED_AT = "at the start of the scheduled hour, from the weather and the departures known by then"

__all__ = [
    "EVENT",
    "FEATURES",
    "GROUP",
    "KEYS",
    "OUTCOME_COLUMNS",
    "PREDICTED_AT",
    "RAW_COLUMNS",
    "ROWS",
    "SLICED_BY",
    "TARGET",
    "TASK",
    "TIME",
    "TOGETHER",
    "add_preparation",
]


def add_preparation(add: Callable[..., Any]) -> None:
    """Declare the arguments that become `flights.data.Rules`; `add` is the `add_argument` of prepare.py's parser."""
    add("--late-after-minutes", type=int, default=15, help="an arrival delayed by more is late")
    add("--max-weather-age-hours", type=integer(at_least=0), default=3, help="an older observation counts as none")
    add(
        "--recent-weather-hours",
        type=integer(at_least=0),
        default=6,
        help="how far back recent rain, wind and sight reach",
    )
    add(
        "--recent-departures-hours",
        type=integer(at_least=1, at_most=24),
        default=3,
        help="how far back departures from the same airport reach",
    )
    add(
        "--recent-departures-known-hours",
        type=integer(at_least=0, at_most=24),
        default=2,
        help="how long before the scheduled hour these must have happened",
    )
