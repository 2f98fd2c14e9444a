"""What a template's declaration of a parameter says of its value."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

TYPES: dict[str, type] = {"array": list, "bool": bool, "int": int, "object": dict, "string": str}
LIMITS: dict[str, tuple[Callable[[int, int], bool], str]] = {
    "minLength": (operator.lt, "of {} or more characters"),
    "maxLength": (operator.gt, "of {} or fewer characters"),
    "minValue": (operator.lt, "at least {}"),
    "maxValue": (operator.gt, "at most {}"),
}


def expected(value: Any, declared: Mapping[str, Any]) -> str:
    """What the value should be, if it is something else; "" if it is right."""
    if type(value) is not TYPES[declared["type"]]:
        return f"of the type {declared['type']}"
    if value not in declared.get("allowedValues", [value]):
        return f"one of {', '.join(map(str, declared['allowedValues']))}"
    return limited(value, declared)


def limited(value: Any, declared: Mapping[str, Any]) -> str:
    """The limit that the value is beyond, in words; "" if it is within."""
    for key, (beyond, words) in LIMITS.items():
        if key in declared and beyond(value if key.endswith("Value") else len(value), declared[key]):
            return words.format(declared[key])
    return ""
