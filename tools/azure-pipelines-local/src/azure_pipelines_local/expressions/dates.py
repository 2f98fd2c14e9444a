"""Points in time, and the .NET patterns by which expressions and the names of runs write them.

Source: https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings, for the invariant
culture. `pipeline.startTime` and `$(Date:…)` are all that has them.
"""

import re
from collections.abc import Callable
from datetime import datetime

PATTERN = re.compile(r"(y+|M+|d+|H+|h+|m+|s+|f+|t+|z+)|'([^']*)'|\\(.)|(.)", re.DOTALL)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)
STANDARD = {"d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "s": "yyyy-MM-ddTHH:mm:ss", "t": "HH:mm", "T": "HH:mm:ss"}
DEFAULT = "MM/dd/yyyy HH:mm:ss"


def format_date(moment: datetime, pattern: str) -> str:
    """Write the moment by the pattern; what is not part of a date stays as it is."""
    wanted = STANDARD.get(pattern, pattern) or DEFAULT

    def write(found: re.Match[str]) -> str:
        if found[1]:
            return PARTS[found[1][0]](moment, len(found[1]))
        return next((each for each in found.groups()[1:] if each is not None), "")

    return PATTERN.sub(write, wanted)


def _year(moment: datetime, count: int) -> str:
    return f"{moment.year % 100:0{count}}" if count < 3 else f"{moment.year:0{count}}"


def _name_or_number(number: int, names: tuple[str, ...], name: int) -> Callable[[int], str]:
    def write(count: int) -> str:
        return f"{number:0{count}}" if count < 3 else names[name][: 3 if count == 3 else None]

    return write


def _number(value: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, count: f"{value(moment):0{min(count, 2)}}"


PARTS: dict[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "M": lambda moment, count: _name_or_number(moment.month, MONTHS, moment.month - 1)(count),
    "d": lambda moment, count: _name_or_number(moment.day, DAYS, moment.weekday())(count),
    "H": _number(lambda moment: moment.hour),
    "h": _number(lambda moment: moment.hour % 12 or 12),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "f": lambda moment, count: f"{moment.microsecond:06}0"[:count],
    "t": lambda moment, count: ("AM" if moment.hour < 12 else "PM")[:count],
    "z": lambda _, count: "+00:00" if count > 2 else f"+{0:0{count}}",
}
