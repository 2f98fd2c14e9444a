"""What the core scripts need to know of parcels."""

from collections.abc import Callable
from typing import Any

from learning.arguments import integer
from parcels.schema import FEATURES, KEYS, OUTCOME_COLUMNS, RAW_COLUMNS, TARGET

TASK = "binary"
EVENT = "overdue"
ROWS = "parcels"
SLICED_BY = ["month", "courier"]
TIME = "sent_date"
GROUP = ""
TOGETHER = "sent_date"
PREDICTED_AT = "when the parcel is handed in"

__all__ = ["FEATURES", "KEYS", "OUTCOME_COLUMNS", "RAW_COLUMNS", "TARGET"]


def add_preparation(add: Callable[..., Any]) -> None:
    """Declare the arguments that become `parcels.data.Rules`."""
    add("--overdue-after-hours", type=int, default=48, help="a parcel that took longer is overdue")
    add("--max-weather-age-hours", type=integer(at_least=0), default=3, help="an older observation counts as none")
