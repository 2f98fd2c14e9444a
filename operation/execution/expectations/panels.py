"""What a plot of a column shows: its values, which share is empty, how many are different; and their bounds. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from operation.execution.expectations.facts import SHARES, Expectation
from operation.execution.expectations.judgement import DISTINCT, FILLED, GREATEST, LEAST, MEAN, MEDIAN, MIDDLE, RANGE
from operation.execution.expectations.learning import CRITICAL, Accepted, learn

MOST_VALUES = 6  # of a category, that have a line of their own
LOW, HIGH = SHARES.index(0.05), SHARES.index(0.95)
Numbers = list[float | None]


@dataclass(frozen=True)
class Bound:
    """A horizontal line: what it limits, in which words; `learned` if it is only proposed."""

    value: float
    label: str
    critical: bool
    learned: bool = False


@dataclass(frozen=True)
class Panel:
    """Lines by their labels with a number for each data set, the two edges of a band, and bounds."""

    title: str
    lines: dict[str, Numbers]
    bounds: list[Bound]
    band: tuple[Numbers, Numbers] | None = None
    dots: dict[str, Numbers] = field(default_factory=dict)


def panels_of(column: str, accepted: Sequence[Accepted], expectations: Sequence[Expectation]) -> list[Panel]:
    """Return the panels for a column that all of these data sets have; `expectations` are those on it."""
    latest = accepted[-1].facts["columns"][column]
    first = [_numbers(column, accepted, expectations)] if "quantiles" in latest else []
    if "values" in latest and not (first and latest["distinct"] > MOST_VALUES):
        first = [_shares(column, accepted)]
    counted = [_distinct(column, accepted, expectations)] if "distinct" in latest else []
    return [*first, _empty(column, accepted, expectations), *counted]


def _numbers(column: str, accepted: Sequence[Accepted], expectations: Sequence[Expectation]) -> Panel:
    low, middle, high = (_quantiles(column, accepted, place) for place in (LOW, MIDDLE, HIGH))
    lines = {"median": middle, "mean": _facts(column, accepted, "mean")}
    dots = {name: _facts(column, accepted, name) for name in ("least", "greatest")}
    kinds = (RANGE, MEAN, MEDIAN, LEAST, GREATEST)
    return Panel(
        "values, of which 90 % lie in the band", lines, _bounds(accepted, expectations, kinds), (low, high), dots
    )


def _shares(column: str, accepted: Sequence[Accepted]) -> Panel:
    """Show the shares of the most frequent values, and of all others together."""
    counts = [dict(map(tuple, one.facts["columns"][column].get("values", []))) for one in accepted]
    total = [sum(each.values()) or 1 for each in counts]
    names = sorted(
        {name for each in counts for name in each}, key=lambda name: -sum(each.get(name, 0) for each in counts)
    )
    shown, others = names[:MOST_VALUES], names[MOST_VALUES:]
    lines: dict[str, Numbers] = {
        str(name): [each.get(name, 0) / whole for each, whole in zip(counts, total, strict=True)] for name in shown
    }
    if others:
        rest = [sum(each.get(name, 0) for name in others) for each in counts]
        lines[f"{len(others)} others"] = [each / whole for each, whole in zip(rest, total, strict=True)]
    return Panel("share of each value", lines, [])


def _empty(column: str, accepted: Sequence[Accepted], expectations: Sequence[Expectation]) -> Panel:
    shares: Numbers = [one.facts["columns"][column]["nulls"] / max(one.facts["rows"], 1) for one in accepted]
    found = []
    for each in expectations:
        if each["type"] == FILLED:
            proposed = learn(each, accepted)
            for one, learned in ((each, False), (proposed, True)):
                if one:
                    share = 1 - one["kwargs"].get("mostly", 1)
                    found.append(Bound(share, "empty", _is_critical(each), learned))
    return Panel("share that is empty", {"empty": shares}, found)


def _distinct(column: str, accepted: Sequence[Accepted], expectations: Sequence[Expectation]) -> Panel:
    counts = _facts(column, accepted, "distinct")
    return Panel("different values", {"different": counts}, _bounds(accepted, expectations, (DISTINCT,)))


def _facts(column: str, accepted: Sequence[Accepted], name: str) -> Numbers:
    return [one.facts["columns"][column].get(name) for one in accepted]


def _quantiles(column: str, accepted: Sequence[Accepted], place: int) -> Numbers:
    found = [one.facts["columns"][column].get("quantiles") for one in accepted]
    return [each[place] if each else None for each in found]


def _bounds(accepted: Sequence[Accepted], expectations: Sequence[Expectation], kinds: Sequence[str]) -> list[Bound]:
    """Return the bounds that are numbers, as they are committed and as they would be."""
    found = []
    for each in expectations:
        if each["type"] in kinds:
            for one, learned in ((each, False), (learn(each, accepted), True)):
                values = [one["kwargs"].get(side) for side in ("min_value", "max_value")] if one else []
                word = each["type"].removeprefix("expect_column_").removesuffix("_to_be_between").replace("_", " ")
                numbers = [float(value) for value in values if isinstance(value, int | float)]
                found += [Bound(value, word, _is_critical(each), learned) for value in numbers]
    return found


def _is_critical(expectation: Expectation) -> bool:
    return (expectation.get("severity") or CRITICAL) == CRITICAL
