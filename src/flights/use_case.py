"""What the core scripts need of this use case: what its tables hold, its words and the arguments of its preparation."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flights.schema import FEATURES, KEYS, RAW_COLUMNS, TARGET
from learning.arguments import integer

TASK = "binary"  # a key of TASKS in src/learning/tasks.py
ROWS = "flights"  # what the rows are
PREDICTED_AT = "before departure, with the weather observed at or before the scheduled hour"  # for the model card
EVENT = "late"  # what happened where the target is 1: the word in metrics, plots and the model
SLICED_BY = ["month", "carrier"]  # columns whose values evaluation looks at one by one
EVENTS_TOGETHER = "flight_date"  # column whose rows share a cause: flights of a day share its weather

__all__ = [
    "EVENT",
    "EVENTS_TOGETHER",
    "FEATURES",
    "KEYS",
    "PREDICTED_AT",
    "RAW_COLUMNS",
    "ROWS",
    "SLICED_BY",
    "TARGET",
    "TASK",
    "add_preparation",
]


def add_preparation(add: Callable[..., Any]) -> None:
    """Declare the arguments that become `flights.data.Rules`; `add` is the `add_argument` of prepare.py's parser."""
    add("--late-after-minutes", type=int, default=15, help="an arrival delayed by more is late")
    add(
        "--test-from",
        type=date.fromisoformat,
        default="2013-11-01",
        help="first day of the test part; earlier ones train",
    )
    add(
        "--test-until",
        type=date.fromisoformat,
        default="2014-01-01",
        help="first day after it; later ones are in neither part",
    )
    add("--max-weather-age-hours", type=integer(at_least=0), default=3, help="an older observation counts as none")
    add(
        "--recent-weather-hours",
        type=integer(at_least=0),
        default=6,
        help="how far back recent rain, wind and sight reach",
    )
