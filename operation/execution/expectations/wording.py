"""Say in words for people what an expectation allows."""

from collections.abc import Mapping
from typing import Any

from operation.execution.expectations.facts import Expectation

SHOWN = 6  # values of a set


def bounds(expectation: Expectation | None) -> str:
    """Return the bounds of an expectation: "30 to 60", "at least 97 % filled", "a, b, c"; "" for none."""
    if expectation is None:
        return ""
    kwargs = expectation["kwargs"]
    parts = [_ends(kwargs), _values(kwargs), _mostly(expectation)]
    return " ".join(part for part in parts if part)


def changed_bounds(old: Expectation, new: Expectation) -> str:
    """Return the new bounds; of a set of values, what comes and what goes."""
    before, after = old["kwargs"].get("value_set"), new["kwargs"].get("value_set")
    if before is None or after is None:
        return bounds(new)
    added, gone = [each for each in after if each not in before], [each for each in before if each not in after]
    parts = [f"with {_listed(added)}" if added else "", f"without {_listed(gone)}" if gone else ""]
    return ", ".join(part for part in parts if part)


def _ends(kwargs: Mapping[str, Any]) -> str:
    low, high = (_number(kwargs.get(side)) for side in ("min_value", "max_value"))
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _values(kwargs: Mapping[str, Any]) -> str:
    values = kwargs.get("value_set")
    return "" if values is None else _listed(values)


def _mostly(expectation: Expectation) -> str:
    mostly = expectation["kwargs"].get("mostly")
    if mostly is None:
        return ""
    filled = "filled" if expectation["type"].endswith("to_not_be_null") else "of the rows"
    return f"in {mostly:.4g} {filled}" if filled != "filled" else f"{100 * mostly:.4g} % filled"


def _listed(values: list[Any]) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(map(str, values[:SHOWN])) + more


def _number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return str(value.get("$PARAMETER", ""))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
