"""Expectations that a suite does not have yet, and that accepted data suggest: they warn, and a reviewer decides."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from operation.execution.expectations.facts import QUERY, Expectation, columns_in, key_of, quoted
from operation.execution.expectations.judgement import (
    DEVIATION,
    DISTINCT,
    FILLED,
    IN_SET,
    MEAN,
    MEDIAN,
    RANGE,
    SETS,
    observe,
)
from operation.execution.expectations.learning import Accepted, learn

LEAST = 3  # data sets from which on a new expectation is proposed
WEEK = 7  # days that a table must span, for rows a day to mean something
UNIQUE = 0.9  # share of different values, from which on a column identifies rows
ENDS = {"min_value": -math.inf, "max_value": math.inf}
NUMBERS = [RANGE, MEDIAN, DEVIATION, DISTINCT]
KINDS = {"integer": NUMBERS, "number": NUMBERS, "text": [IN_SET, DISTINCT]}  # most telling first
UNBOUNDED: dict[str, dict[str, Any]] = {
    FILLED: {"mostly": 0},
    RANGE: {**ENDS, "mostly": 0.99},
    IN_SET: {"value_set": []},
}
SAME = {IN_SET: tuple(SETS), MEDIAN: (MEAN,)}  # of which one is enough
DAYS = {"fewest": "min", "most": "max"}


def suggest(expectations: Sequence[Expectation], accepted: Sequence[Accepted]) -> list[Expectation]:
    """Return what held for all accepted data sets and no expectation of the suite says."""
    if len(accepted) < LEAST:
        return []
    there = {key_of(each) for each in expectations}
    checked = {(each["type"], each["kwargs"].get("column")) for each in expectations}
    unbounded = (each for each in _unbounded(accepted, checked) if not _drifts(each, accepted))
    found = [learned for each in unbounded if (learned := learn(each, accepted))]
    found += [dependency(*pair) for pair in _pairs(accepted)]
    return [each for each in found if key_of(each) not in there]


def rows_a_day(day: str, columns: Iterable[str]) -> list[Expectation]:
    """Return the queries for the fewest and the most rows a day, without bounds; none without a day."""
    return [
        _warn(
            QUERY,
            measure=f"{word} rows of a day",
            query=f"SELECT {ask}(n) FROM (SELECT {day} AS d, count(*) AS n FROM {{batch}} GROUP BY 1) "
            "WHERE d IS NOT NULL",
            column_list=columns_in(day, columns),
            **{"min_value" if word == "fewest" else "max_value": -math.inf if word == "fewest" else math.inf},
        )
        for word, ask in DAYS.items()
        if day
    ]


def dependency(first: str, second: str) -> Expectation:
    """Return that the second column follows from the first, as `invoke new` writes it."""
    query = (
        f"SELECT count(*) FROM (SELECT {quoted(first)} FROM {{batch}} GROUP BY 1 "
        f"HAVING count(DISTINCT {quoted(second)}) > 1)"
    )
    measure = f"values of {first} with several values of {second}"
    return _warn(QUERY, query=query, max_value=0, measure=measure, column_list=[first, second])


def _warn(kind: str, **kwargs: Any) -> Expectation:
    return {"kwargs": kwargs, "meta": {}, "severity": "warning", "type": kind}


def _unbounded(accepted: Sequence[Accepted], checked: set[tuple[str, Any]]) -> Iterator[Expectation]:
    """Yield expectations without bounds on what the suite does not check of the columns, and on rows a day."""
    latest = accepted[-1].facts
    for name, column in latest["columns"].items():
        kinds = [] if _is_unique(latest, column) else KINDS.get(column["kind"], [])
        for kind in [FILLED, *kinds] if column["nulls"] < latest["rows"] else []:
            if (kind, name) not in checked and not any((same, name) in checked for same in SAME.get(kind, ())):
                yield _warn(kind, column=name, **UNBOUNDED.get(kind, ENDS))
    if latest.get("days", {}).get("days", 0) >= WEEK:
        yield from rows_a_day(latest["day"], latest["columns"])


def _drifts(expectation: Expectation, accepted: Sequence[Accepted]) -> bool:
    """Whether each data set is above the one before, or each below, as months are: no bound would last."""
    seen = [interval for one in accepted if (interval := observe(expectation, one.facts))]
    steps = {(one < other) - (one > other) for (one, _), (other, _) in pairwise(seen)}
    return expectation["type"] in (RANGE, MEDIAN) and steps in ({1}, {-1})


def _is_unique(facts: Mapping[str, Any], column: Mapping[str, Any]) -> bool:
    """Whether nearly each row has a value of its own, as in a column of identifiers."""
    different, filled = column.get("distinct", 0), facts["rows"] - column["nulls"]
    return bool(column["kind"] in ("integer", "text") and different > UNIQUE * filled)


def _pairs(accepted: Sequence[Accepted]) -> Iterable[tuple[str, str]]:
    """Return the pairs of columns of which the second followed from the first in every data set."""
    pairs = [{(first, second) for first, second in one.facts.get("follows", ())} for one in accepted]
    return sorted(set.intersection(*pairs))
