"""Learn bounds from the facts of accepted data sets: what was seen, and slack that shrinks as more is known. Pure.

With one data set, the slack is what `invoke new` would leave. With more, it follows from how far they lie apart: a
column that hardly moves gets tight bounds, and one that follows the seasons gets wide ones.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operation.execution.expectations.facts import QUERY, Expectation
from operation.execution.expectations.judgement import (
    BE_IN,
    CONTAIN,
    DEVIATION,
    DISTINCT,
    FILLED,
    GREATEST,
    IN_SET,
    LEAST,
    LENGTHS,
    MEAN,
    MEDIAN,
    OF_SHARE,
    RANGE,
    ROWS,
    Interval,
    Known,
    observe,
)

DIGITS = 3  # of a bound, rounded away from what was seen
LEARNED_FROM = 24  # data sets, the last ones: two years of months
TIGHTENS_FROM = 3  # data sets, before which no bound is made tighter
APART = 0.25  # slack, as a share of how far the data sets lie apart ...
EARLY = 2.0  # ... and so many times as much, divided by their number
MATTERS = 0.1  # of the width: a smaller change of a bound is not worth a reviewer's time
FORGOTTEN = 12  # data sets without a value, from which on it is proposed to be no longer expected
CRITICAL = "critical"
SIDES = ("min_value", "max_value")


@dataclass(frozen=True)
class Accepted:
    """The facts of one table in an accepted data set, and the share of all rows that it was said to hold."""

    facts: Known
    share: float = 1.0


def learn(expectation: Expectation, accepted: Sequence[Accepted]) -> Expectation | None:
    """Return the expectation with bounds learned from the accepted data sets, oldest first; None to leave it.

    Bounds are left that are dates, that the data cannot come near to, or that would hardly change.
    """
    known = accepted[-LEARNED_FROM:]
    if expectation["type"] in (IN_SET, BE_IN, CONTAIN):  # a set that must be equal is a rule
        return _learn_values(expectation, known)
    seen = [(one, interval) for one in known if (interval := observe(expectation, one.facts)) is not None]
    if not seen or expectation["type"] not in NATURAL:
        return None
    if expectation["type"] == FILLED:
        return _learn_filled(expectation, [interval for _, interval in seen])
    changed = _learn_sides(expectation, seen)
    return _with(expectation, changed) if changed else None


def slack(apart: float, natural: float, number: int) -> float:
    """Return how far beyond what was seen a bound lies: `natural` is what one data set alone would leave."""
    return max(natural / math.sqrt(number), apart * (APART + EARLY / number))


def round_off(value: float, towards: Callable[[float], int]) -> float | int:
    """Round to DIGITS significant digits, by `math.floor` or `math.ceil`; a whole number stays one."""
    if not value:
        return 0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
    rounded = float(f"{towards(value / unit) * unit:.12g}")
    return int(rounded) if rounded.is_integer() else rounded


def direction(old: Expectation, new: Expectation) -> str:
    """Say whether the new bounds are "looser", "tighter", or "moved": looser on one side and tighter on the other."""
    steps = {_step(name, old["kwargs"].get(name), new["kwargs"].get(name)) for name in (*SIDES, "mostly", "value_set")}
    steps -= {""}
    if old["type"] == CONTAIN:  # which asks for less with fewer values
        return "looser"
    return steps.pop() if len(steps) == 1 else "moved"


def _learn_sides(expectation: Expectation, seen: Sequence[tuple[Accepted, Interval]]) -> dict[str, Any]:
    """Return those of the two bounds that change."""
    kwargs, latest, values = expectation["kwargs"], seen[-1][0].facts, [interval for _, interval in seen]
    ends = {"min_value": [low for low, _ in values], "max_value": [high for _, high in values]}
    width = max(ends["max_value"]) - min(ends["min_value"])
    found = {}
    for side in SIDES:
        scaled = isinstance(kwargs.get(side), Mapping)
        if kwargs.get(side) is None or (scaled and not _factor(kwargs[side])):
            continue
        each = [value / one.share if scaled else value for (one, _), value in zip(seen, ends[side], strict=True)]
        natural = NATURAL[expectation["type"]](expectation, latest, each[-1])
        old = _factor(kwargs[side]) if scaled else float(kwargs[side])
        bound = _bound(side, each, natural)
        scale = max(width, natural, abs(old) if scaled else 0.0)
        if _is_worth(side, old, bound, scale, each) and not _is_rule(expectation, each, old):
            found[side] = {"$PARAMETER": f"{bound:g} * share"} if scaled else bound
    return found


def _bound(side: str, values: Sequence[float], natural: float) -> float:
    """Place a bound; one on values that were never negative stays so."""
    beyond = slack(max(values) - min(values), natural, len(values))
    counts = all(float(value).is_integer() for value in values)  # of which a fraction means nothing
    if side == "max_value":
        highest = max(values)
        bound = round_off(min(highest + beyond, 0.0) if highest < 0 else highest + beyond, math.ceil)
        return math.ceil(bound) if counts else bound
    lowest = min(values)
    bound = round_off(max(lowest - beyond, 0.0) if lowest >= 0 else lowest - beyond, math.floor)
    return math.floor(bound) if counts else bound


def _is_worth(side: str, old: float, bound: float, scale: float, values: Sequence[float]) -> bool:
    """Whether the change is large enough, and what was seen is reason enough for it.

    A person may have made the old bound who knows more than the data: it is made looser only where they come near it.
    """
    if abs(bound - old) <= MATTERS * scale:
        return False
    lower = side == "min_value"
    if bound > old if lower else bound < old:
        return len(values) >= TIGHTENS_FROM
    if old in values:  # a natural limit, as of the hours of a day: what reaches it will not pass it
        return False
    near = slack(max(values) - min(values), 0, len(values)) / 2
    return min(values) - near < old if lower else max(values) + near > old


def _is_rule(expectation: Expectation, values: Sequence[float], old: float) -> bool:
    """Whether every data set lies exactly on the bound of a query: none may be, as of days without a row."""
    return expectation["type"] == QUERY and {*values} == {old}


def _learn_filled(expectation: Expectation, seen: Sequence[Interval]) -> Expectation | None:
    """Learn the least share of values that are there; what must be there always stays so."""
    old, shares = expectation["kwargs"].get("mostly", 1), [low for low, _ in seen]
    if old == 1:
        return None
    empty = 1 - min(shares)
    beyond = slack(max(shares) - min(shares), empty + 0.02, len(shares))
    new = math.floor(max(0.0, 1 - empty - beyond) * 1000) / 1000
    worth = _is_worth("min_value", old, new, max(1 - old, empty, 0.02), shares)
    return _with(expectation, {"mostly": new}) if worth else None


def _learn_values(expectation: Expectation, accepted: Sequence[Accepted]) -> Expectation | None:
    """Learn which values a column has: those that were seen, and those that are expected and not forgotten yet."""
    column, old = expectation["kwargs"]["column"], expectation["kwargs"]["value_set"]
    columns = [one.facts["columns"].get(column, {}) for one in accepted]
    if not columns or any("values" not in each for each in columns):
        return None
    seen = {value for each in columns for value, _ in each["values"]}
    kept = old if len(columns) < FORGOTTEN else [value for value in old if value in seen]
    wanted = _common(columns, old) if expectation["type"] == CONTAIN else {*kept, *seen}
    new = sorted(wanted, key=lambda value: (str(type(value)), value))
    return None if set(new) == set(old) else _with(expectation, {"value_set": new})


def _common(columns: Sequence[Known], expected: Sequence[Any]) -> set[Any]:
    """Return the expected values that every data set has."""
    return set(expected).intersection(*({value for value, _ in each["values"]} for each in columns))


def _with(expectation: Expectation, changed: Mapping[str, Any]) -> Expectation:
    return {**expectation, "kwargs": {**expectation["kwargs"], **changed}}


def _factor(bound: Any) -> float:
    """Return the number of a bound such as "500 * share"; 0 of a date."""
    found = OF_SHARE.fullmatch(str(bound.get("$PARAMETER", "")))
    return float(found[1]) if found else 0.0


def _column(expectation: Expectation, facts: Known) -> Known:
    found: Known = facts["columns"][expectation["kwargs"]["column"]]
    return found


def _natural_centre(expectation: Expectation, facts: Known, _value: float) -> float:
    column = _column(expectation, facts)
    return float(column.get("deviation") or 0) * (0.5 + 4 / math.sqrt(max(facts["rows"] - column["nulls"], 1)))


def _natural_range(expectation: Expectation, facts: Known, _value: float) -> float:
    """As much again on both sides where it stops a run, and a tenth of that where it warns."""
    column = _column(expectation, facts)
    width = column["greatest"] - column["least"] or abs(column["greatest"]) or 1.0
    return float(width) * (1.0 if expectation.get("severity", CRITICAL) == CRITICAL else 0.1)


def _natural_half(_expectation: Expectation, _facts: Known, value: float) -> float:
    return abs(value) / 2


def _natural_length(_expectation: Expectation, _facts: Known, _value: float) -> float:
    return 1.0


# The slack that one data set alone leaves, on both sides of the value that it has.
NATURAL: dict[str, Callable[[Expectation, Known, float], float]] = {
    MEAN: _natural_centre,
    MEDIAN: _natural_centre,
    RANGE: _natural_range,
    LEAST: _natural_range,
    GREATEST: _natural_range,
    **dict.fromkeys((DEVIATION, DISTINCT, ROWS, QUERY), _natural_half),
    LENGTHS: _natural_length,
    FILLED: _natural_half,
}


def _step(name: str, old: Any, new: Any) -> str:
    if old == new:
        return ""
    if name == "value_set":
        return "looser" if {*old} < {*new} else "tighter" if {*new} < {*old} else "moved"
    before, after = (_plain(each) for each in (old, new))
    if before is None or after is None:
        return "looser" if after is None else "tighter"
    return "looser" if (after > before) == (name == "max_value") else "tighter"


def _plain(bound: Any) -> float | None:
    if isinstance(bound, Mapping):
        return _factor(bound)
    return None if bound is None else float(bound)
