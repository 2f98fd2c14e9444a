"""Convert the values of expressions from one kind to another.

Microsoft's reference: "Type casting" in https://learn.microsoft.com/azure/devops/pipelines/process/expressions
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.dates import format_date

MAXIMUM_TEXT = 1 << 20  # characters of one result: nested calls could double it without end
NUMBER = re.compile(r"[ \t\r\n\v\f]*[-+]?(?:\d[\d,]*)?(?:\.\d*)?[ \t\r\n\v\f]*", re.ASCII)
VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){1,3}", re.ASCII)


@dataclass(frozen=True)
class Version:
    """Two to four numbers."""

    parts: tuple[int, ...]

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))


Value = None | bool | Decimal | str | Version | datetime | Sequence["Value"] | Mapping[str, "Value"]
_Ordered = TypeVar("_Ordered", str, Decimal, tuple[int, ...])


def kind(value: Value) -> str:
    """Name the value's kind, as messages of Azure Pipelines do."""
    names = {bool: "Boolean", Decimal: "Number", str: "String", Version: "Version", datetime: "Date"}
    names |= {type(None): "Null"}
    return names.get(type(value)) or ("Object" if isinstance(value, Mapping) else "Array")


def refuse(value: Value, wanted: str) -> ExpressionError:
    """Make the error for a value that has no such form."""
    shown = f" {value!r:.60}" if isinstance(value, str) else ""
    return ExpressionError(f"{kind(value)}{shown} cannot be converted to {wanted}.")


def weight(value: Value) -> int:
    """Estimate how long it takes to work through the value: 1 for each value in it, and for each 100 characters."""
    if isinstance(value, str):
        return len(value) // 100 + 1
    if isinstance(value, Mapping | Sequence):
        known: int | None = getattr(value, "size", None)  # of what came from a document, which knows it
        if known is not None:
            return known
        return 1 + sum(map(weight, value.values() if isinstance(value, Mapping) else value))
    return 1


def to_boolean(value: Value) -> bool:
    """Return false for null, zero and the empty string; every other string is true, 'false' too."""
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        return True
    return value not in (None, False, "")  # a zero equals False


def to_text(value: Value) -> str:
    """Raise ExpressionError for arrays and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _number_text(value)
    if isinstance(value, Mapping | Sequence):
        raise refuse(value, "String")
    if isinstance(value, datetime):
        return format_date(value, "")
    return "" if value is None else str(value)


def _number_text(number: Decimal) -> str:
    text = f"{number:.7f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def to_number(value: Value) -> Decimal:
    """Raise ExpressionError for what is not a number."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, str) and len(value) < 40 and NUMBER.fullmatch(value) and re.search(r"\d", value):
        return Decimal(value.strip().replace(",", ""))
    raise refuse(value, "Number")


def to_version(value: Value) -> Version:
    """Raise ExpressionError for what is not a version: it has two to four numbers."""
    text = to_text(value) if isinstance(value, str | Decimal) else ""
    if isinstance(value, Version):
        return value
    if VERSION.fullmatch(text):
        return Version(tuple(map(int, text.split("."))))
    raise refuse(value, "Version")


def equal(left: Value, right: Value) -> bool:
    """Return whether they are equal, the right one converted to the kind of the left one; case does not count."""
    if isinstance(left, bool):
        return left == to_boolean(right)
    if left is None:
        return right is None or right == ""
    if isinstance(left, Mapping | Sequence) and not isinstance(left, str):
        return left is right
    try:
        return compare(left, right) == 0
    except ExpressionError:
        return False


def compare(left: Value, right: Value) -> int:
    """Compare the left one with the right one, which is converted: below zero for less, zero for equal, else above.

    Raises:
        ExpressionError: it cannot be.
    """
    if isinstance(left, bool):
        return left - to_boolean(right)
    if isinstance(left, str):
        return _order(left.upper(), to_text(right).upper())
    if isinstance(left, Version):
        return _order(left.parts, to_version(right).parts)
    return _order(to_number(left), to_number(right))


def _order(left: _Ordered, right: _Ordered) -> int:
    return (left > right) - (left < right)
