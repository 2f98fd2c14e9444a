"""Write the ends of a window for people; without NumPy, as `invoke status` needs no more than this."""

import re
from collections.abc import Mapping
from typing import Any

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00")  # of a request, as metrics.json has it


def say_span(window: Mapping[str, Any]) -> str:
    """Write the ends of a window, or its name; "" if nothing is known of it."""
    return " to ".join(dict.fromkeys(say_end(window[end]) for end in ("first", "last") if window[end]))


def say_end(end: object) -> str:
    """Write a moment to the minute; a day, or the name of a window, as it is."""
    return MOMENT.sub(r"\1 \2 UTC", str(end))
