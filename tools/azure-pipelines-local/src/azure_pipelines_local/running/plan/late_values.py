"""Values that are known only while a pipeline runs, since `$(name)` may stand for them."""

import time

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.model.pipeline import Boolean, Number
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.machine.task_errors import TaskError

MINUTE = 60.0  # seconds
CANCEL_MINUTES = 5  # that a cancelled job has for the steps that still run, unless it says otherwise


def expand_boolean(value: Boolean, variables: Variables) -> bool:
    """Return the value of a key that may be `$(name)`; any text but "true" is false."""
    return variables.expand(value.text).strip().lower() == "true" if isinstance(value, Scalar) else value


def expand_number(value: Number, variables: Variables, least: int = 0) -> int:
    """Return the value of a key that may be `$(name)`.

    Raises:
        TaskError: it is not a whole number, or less than `least`.
    """
    if not isinstance(value, Scalar):
        return value
    # Checked now: before the run, only what is written as a number can be.
    text = variables.expand(value.text).strip()
    if not text.isdecimal() or int(text) < least:
        expected = f"a whole number, {least} or more" if least else "a whole number"
        raise TaskError(f"{value.place}: must be {expected}, not {text!r}.")
    return int(text)


def deadline_after(minutes: int) -> float:
    """Return the time so many minutes from now, in seconds of `time.monotonic`; 0 minutes never end."""
    return time.monotonic() + MINUTE * minutes if minutes else float("inf")
