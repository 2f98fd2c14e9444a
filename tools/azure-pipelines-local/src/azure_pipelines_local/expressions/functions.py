"""The functions that take values; `and`, `or`, `in` and the like stop early, and are in `evaluation`."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import (
    MAXIMUM_TEXT,
    Value,
    compare,
    equal,
    to_boolean,
    to_number,
    to_text,
)
from azure_pipelines_local.expressions.dates import format_date

PLACEHOLDER = re.compile(r"\{\{|\}\}|\{(\d{1,3})(?::([^{}]*))?\}|[{}]")


def contains_value(collection: Value, wanted: Value) -> bool:
    """Return whether an item of the array, or a property's value of the object, equals what is wanted."""
    if isinstance(collection, Mapping):
        return any(equal(wanted, each) for each in collection.values())
    if isinstance(collection, Sequence) and not isinstance(collection, str):
        return any(equal(wanted, each) for each in collection)
    return False


def convert_to_json(value: Value) -> str:
    """Convert the value to JSON, indented by two spaces."""
    pieces, characters = [], 0
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(_jsonable(value)):
        pieces.append(piece)
        characters += len(piece)
        if characters > MAXIMUM_TEXT:
            raise ExpressionError(f"convertToJson: a text of more than {MAXIMUM_TEXT:,} characters.")
    return "".join(pieces)


def _jsonable(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {key: _jsonable(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_jsonable(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value if value is None or isinstance(value, bool) else to_text(value)


def format_text(pattern: Value, *arguments: Value) -> str:
    """Replace `{0}` and so on in the pattern; `{{` and `}}` are braces.

    Raises:
        ExpressionError: an argument is missing or is not text, or a brace stands alone, or `{0:yyyyMMdd}` is not for a
            date: `pipeline.startTime` alone is one.
    """
    length = 0
    for each in arguments:
        to_text(each)

    def replaced(found: re.Match[str]) -> str:
        nonlocal length
        text = _argument(found, arguments)
        length += len(text)
        if length > MAXIMUM_TEXT:
            raise ExpressionError(f"format: a text of more than {MAXIMUM_TEXT:,} characters.")
        return text

    return PLACEHOLDER.sub(replaced, to_text(pattern))


def _argument(found: re.Match[str], given: Sequence[Value]) -> str:
    if found[1] is None:
        if len(found[0]) == 2:
            return found[0][0]
        raise ExpressionError(f"format: {found[0]} at {found.start()} is not {{0}}; double a brace that is meant.")
    if int(found[1]) >= len(given):
        raise ExpressionError(f"format: {found[0]} has no argument; there are {len(given)}.")
    value = given[int(found[1])]
    if found[2] is None:
        return to_text(value)
    if not isinstance(value, datetime):
        raise ExpressionError(f"format: {found[0]} is for a date, such as pipeline.startTime; write {{{found[1]}}}.")
    return format_date(value, found[2])


def join(separator: Value, items: Value) -> str:
    """Join the items with the separator; arrays and objects among them count as empty."""
    if isinstance(items, str) or not isinstance(items, Sequence):
        return to_text(items)
    texts = ["" if _is_complex(each) else to_text(each) for each in items]
    if sum(map(len, texts)) + len(texts) * len(to_text(separator)) > MAXIMUM_TEXT:
        raise ExpressionError(f"join: a text of more than {MAXIMUM_TEXT:,} characters.")
    return to_text(separator).join(texts)


def _is_complex(value: Value) -> bool:
    return isinstance(value, Mapping | Sequence) and not isinstance(value, str)


def length(value: Value) -> Decimal:
    """Measure an array, an object or a text. Objects are not in the reference, but in pipelines that run in Azure."""
    return Decimal(len(value if isinstance(value, Mapping | Sequence) else to_text(value)))


def replace(text: Value, old: Value, new: Value) -> str:
    """Replace the old text, in that very case, by the new one everywhere; nothing has no place."""
    within, wanted, instead = to_text(text), to_text(old), to_text(new)
    if not wanted:
        return within
    if len(within) + within.count(wanted) * len(instead) > MAXIMUM_TEXT:
        raise ExpressionError(f"replace: a text of more than {MAXIMUM_TEXT:,} characters.")
    return within.replace(wanted, instead)


def split(text: Value, delimiter: Value) -> list[Value]:
    """Split at the delimiter, which may be several characters; without one nothing is split."""
    return list(to_text(text).split(to_text(delimiter))) if to_text(delimiter) else [to_text(text)]


def substring(text: Value, start: Value, count: Value = None) -> str:
    """Cut out so many characters from the start on, counted from 0, or all that follow.

    Raises:
        ExpressionError: the text has not as many.
    """
    whole, first = to_text(text), int(to_number(start))
    last = len(whole) if count is None else first + int(to_number(count))
    if not 0 <= first <= last <= len(whole):
        raise ExpressionError(f"substring: the text has {len(whole)} characters, and {first} to {last} are asked for.")
    return whole[first:last]


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "contains": lambda text, part: to_text(part).upper() in to_text(text).upper(),
    "containsvalue": contains_value,
    "converttojson": convert_to_json,
    "endswith": lambda text, part: to_text(text).upper().endswith(to_text(part).upper()),
    "eq": equal,
    "format": format_text,
    "ge": lambda left, right: compare(left, right) >= 0,
    "gt": lambda left, right: compare(left, right) > 0,
    "join": join,
    "le": lambda left, right: compare(left, right) <= 0,
    "length": length,
    "lower": lambda text: to_text(text).lower(),
    "lt": lambda left, right: compare(left, right) < 0,
    "ne": lambda left, right: not equal(left, right),
    "not": lambda value: not to_boolean(value),
    "replace": replace,
    "split": split,
    "startswith": lambda text, part: to_text(text).upper().startswith(to_text(part).upper()),
    "substring": substring,
    "trim": lambda text: to_text(text).strip(),
    "upper": lambda text: to_text(text).upper(),
    "xor": lambda left, right: to_boolean(left) != to_boolean(right),
}
