"""The use case that the core scripts serve. This folder names it, in two imports; no script does.

In two files, because preparation alone needs the second: a change in how data are prepared is none in how models learn.
"""

from flights.use_case import (
    EVENT,
    EVENTS_TOGETHER,
    FEATURES,
    KEYS,
    PREDICTED_AT,
    RAW_COLUMNS,
    ROWS,
    SLICED_BY,
    TARGET,
    TASK,
    add_preparation,
)

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
