"""Values that are known only while a pipeline runs."""

import time

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.model.pipeline import Boolean, Number
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.machine.task_errors import TaskError

MINUTE = 60.0  # seconds
CANCEL_MINUTES = 5  # that a cancelled job has for the steps that still run, unless it says otherwise


def truth(value: Boolean, variables: Variables) -> bool:
    """What a key says that may be `$( )`."""
    return variables.expand(value.text).strip().lower() == "true" if isinstance(value, Scalar) else value


def count(value: Number, variables: Variables, least: int = 0) -> int:
    """What a key says that may be `$( )`; raises TaskError if it comes out as no number, or as less than it may be."""
    if not isinstance(value, Scalar):
        return value
    text = variables.expand(value.text).strip()
    if not text.isdecimal() or int(text) < least:
        expected = f"a whole number, {least} or more," if least else "a whole number"
        raise TaskError(f"{value.place}: {expected} is expected, and this is {text!r}.")
    return int(text)


def soonest(until: float, minutes: int) -> float:
    """When a step ends that may take so many minutes, 0 for as many as its job."""
    return min(until, deadline(minutes))


def deadline(minutes: int) -> float:
    """So many minutes from now, in `time.monotonic`; 0 minutes are without end."""
    return time.monotonic() + MINUTE * minutes if minutes else float("inf")
