"""Judge expectations by the facts of a table, without its rows. Pure.

Great Expectations judges rows. Facts are all that is left of the data that were accepted before, so here each
expectation is judged by them; a test compares both verdicts. `None` is the verdict where facts cannot tell.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from operation.execution.expectations.facts import COMPOUND, QUERY, REGEX, SHARES, Expectation, key_of

Kwargs = Mapping[str, Any]
Known = Mapping[str, Any]  # the facts of a table
Interval = tuple[float, float]
ROWS = "expect_table_row_count_to_be_between"
COLUMNS = "expect_table_columns_to_match_set"
TYPE = "expect_column_values_to_be_of_type"
FILLED = "expect_column_values_to_not_be_null"
RANGE = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
UNIQUE = "expect_column_values_to_be_unique"
LENGTHS = "expect_column_value_lengths_to_be_between"
MEAN = "expect_column_mean_to_be_between"
MEDIAN = "expect_column_median_to_be_between"
DEVIATION = "expect_column_stdev_to_be_between"
DISTINCT = "expect_column_unique_value_count_to_be_between"
LEAST, GREATEST = "expect_column_min_to_be_between", "expect_column_max_to_be_between"
BE_IN = "expect_column_distinct_values_to_be_in_set"
CONTAIN = "expect_column_distinct_values_to_contain_set"
SETS = {
    BE_IN: lambda seen, wanted: seen <= wanted,
    CONTAIN: lambda seen, wanted: seen >= wanted,
    "expect_column_distinct_values_to_equal_set": lambda seen, wanted: seen == wanted,
}
TYPES = {"integer": "int64", "number": "float64", "text": "str", "boolean": "bool", "time": "Timestamp"}
OF_SHARE = re.compile(r"\s*([\d.]+(?:[eE][+-]?\d+)?)\s*\*\s*share\s*")
MIDDLE = SHARES.index(0.5)


def is_met(expectation: Expectation, facts: Known, share: float = 1.0) -> bool | None:
    """Judge an expectation; `share` is that of all rows which the table holds, by which bounds on rows are scaled."""
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if kind in JUDGED:
        return JUDGED[kind](expectation, facts)
    seen = observe(expectation, facts)
    if seen is None:
        return None
    low, high = (bound_of(kwargs.get(side), facts, share) for side in ("min_value", "max_value"))
    if isinstance(low, str) or isinstance(high, str):
        return None
    return (low is None or seen[0] >= low) and (high is None or seen[1] <= high)


def observe(expectation: Expectation, facts: Known) -> Interval | None:
    """Return what a table has of that which the bounds of the expectation limit: from the least to the greatest."""
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if kind not in OBSERVED:
        return None
    if "column" in kwargs and kwargs["column"] not in facts["columns"]:
        return None
    found = OBSERVED[kind](expectation, facts)
    return None if found is None or None in found else found


def bound_of(value: Any, facts: Known, share: float) -> float | str | None:
    """Return a bound as a number, scaled where the suite scales it; "" for one that is not known."""
    if isinstance(value, Mapping):
        named = str(value.get("$PARAMETER", ""))
        if scaled := OF_SHARE.fullmatch(named):
            return float(scaled[1]) * share
        value = facts.get("parameters", {}).get(named, "")
    return value if value is None or isinstance(value, str) else float(value)


def share_within(column: Known, low: float | None, high: float | None, filled: int) -> float:
    """Estimate from the quantiles which share of the values lies in a range; exact where it is all of them."""
    outside: float = column.get("infinite", 0) / filled
    if low is not None and column["least"] < low:
        outside += _share_below(column, low, 1 / filled)
    if high is not None and column["greatest"] > high:
        outside += 1 - _share_below(column, high, 1 / filled)
    return 1 - outside


def quantile(column: Known, share: float) -> float:
    """Return a quantile of a column, straight between those that are known."""
    places = (0.0, *SHARES, 1.0)
    values = (column["least"], *column["quantiles"], column["greatest"])
    upper = min(max(bisect_right(places, share), 1), len(places) - 1)
    part = (share - places[upper - 1]) / (places[upper] - places[upper - 1])
    return float(values[upper - 1] + part * (values[upper] - values[upper - 1]))


def _share_below(column: Known, value: float, one: float) -> float:
    """Estimate the share of values below `value`; on each side is at least the share of `one` value."""
    places = (0.0, *SHARES, 1.0)
    values = (column["least"], *column["quantiles"], column["greatest"])
    upper = min(max(bisect_right(values, value), 1), len(values) - 1)
    start, end = values[upper - 1], values[upper]
    part = (value - start) / (end - start) if end > start else 1.0
    found = places[upper - 1] + min(max(part, 0.0), 1.0) * (places[upper] - places[upper - 1])
    return float(min(max(found, one), 1 - one))


def _fact(name: str) -> Callable[[Expectation, Known], Any]:
    def find(expectation: Expectation, facts: Known) -> Any:
        value = facts["columns"][expectation["kwargs"]["column"]].get(name)
        return value, value

    return find


def _range(expectation: Expectation, facts: Known) -> Any:
    """Return the ends of the column; without the share on each side that may lie outside."""
    column = facts["columns"][expectation["kwargs"]["column"]]
    outside = 1 - expectation["kwargs"].get("mostly", 1)
    if column.get("quantiles") is None:
        return None
    return quantile(column, outside / 2), quantile(column, 1 - outside / 2)


def _median(expectation: Expectation, facts: Known) -> Any:
    quantiles = facts["columns"][expectation["kwargs"]["column"]].get("quantiles")
    return (quantiles[MIDDLE], quantiles[MIDDLE]) if quantiles else None


def _filled(expectation: Expectation, facts: Known) -> Any:
    share = 1 - facts["columns"][expectation["kwargs"]["column"]]["nulls"] / max(facts["rows"], 1)
    return share, share


def _lengths(expectation: Expectation, facts: Known) -> Any:
    column = facts["columns"][expectation["kwargs"]["column"]]
    return column.get("shortest"), column.get("longest")


def _rows(_expectation: Expectation, facts: Known) -> Any:
    rows = facts.get("all_rows", facts["rows"])
    return rows, rows


def _measured(expectation: Expectation, facts: Known) -> Any:
    value = facts.get("checks", {}).get(key_of(expectation))
    return value, value


# What the bounds of an expectation limit; an interval of equal ends where it is one number.
OBSERVED: dict[str, Callable[[Expectation, Known], Any]] = {
    ROWS: _rows,
    MEAN: _fact("mean"),
    MEDIAN: _median,
    DEVIATION: _fact("deviation"),
    DISTINCT: _fact("distinct"),
    LEAST: _fact("least"),
    GREATEST: _fact("greatest"),
    RANGE: _range,
    LENGTHS: _lengths,
    FILLED: _filled,
    QUERY: _measured,
}


def _judge_filled(expectation: Expectation, facts: Known) -> bool | None:
    seen = observe(expectation, facts)
    return None if seen is None else bool(seen[0] >= expectation["kwargs"].get("mostly", 1))


def _judge_range(expectation: Expectation, facts: Known) -> bool | None:
    kwargs = expectation["kwargs"]
    column = facts["columns"].get(kwargs["column"], {})
    low, high = (bound_of(kwargs.get(side), facts, 1.0) for side in ("min_value", "max_value"))
    if "first" in column:
        return _judge_times(column, low, high)
    if column.get("quantiles") is None or isinstance(low, str) or isinstance(high, str):
        return None
    return bool(share_within(column, low, high, facts["rows"] - column["nulls"]) >= kwargs.get("mostly", 1))


def _judge_times(column: Known, low: object, high: object) -> bool | None:
    if low == "" or high == "":
        return None
    try:
        first, last = (_moment(column[end]) for end in ("first", "last"))
    except ValueError:  # a day before the year 1, or after 9999
        return False
    return (not isinstance(low, str) or first >= _moment(low)) and (not isinstance(high, str) or last <= _moment(high))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _judge_type(expectation: Expectation, facts: Known) -> bool | None:
    column = facts["columns"].get(expectation["kwargs"]["column"])
    if column is None or column["kind"] not in TYPES:
        return None if column is None else False
    whole = column["kind"] == "integer" and not column["nulls"]  # with nulls, pandas has whole numbers as floats
    kind = "float64" if column["kind"] == "integer" and not whole else TYPES[column["kind"]]
    return bool(kind == expectation["kwargs"].get("type_"))


def _judge_values(expectation: Expectation, facts: Known) -> bool | None:
    """Judge which values there are, of a column that has few; of one with many, that they are more than the set."""
    kwargs = expectation["kwargs"]
    column, wanted = facts["columns"].get(kwargs["column"], {}), set(kwargs["value_set"])
    if "values" not in column:
        return False if column.get("distinct", 0) > len(wanted) and kwargs.get("mostly", 1) == 1 else None
    counts = dict(column["values"])
    if expectation["type"] in SETS:
        return bool(SETS[expectation["type"]](set(counts), wanted))
    inside = sum(counts[value] for value in counts if value in wanted)
    return bool(inside >= kwargs.get("mostly", 1) * sum(counts.values()))


def _judge_unique(expectation: Expectation, facts: Known) -> bool | None:
    column = facts["columns"].get(expectation["kwargs"]["column"], {})
    if "distinct" not in column:
        return None
    return bool(facts["rows"] - column["nulls"] == column["distinct"])


def _judge_columns(expectation: Expectation, facts: Known) -> bool | None:
    seen, wanted = set(facts["columns"]), set(expectation["kwargs"]["column_set"])
    return wanted <= seen if expectation["kwargs"].get("exact_match") is False else wanted == seen


def _judge_compound(expectation: Expectation, facts: Known) -> bool | None:
    repeated = facts.get("checks", {}).get(key_of(expectation))
    return None if repeated is None else repeated == 0


def _judge_regex(expectation: Expectation, facts: Known) -> bool | None:
    share = facts.get("checks", {}).get(key_of(expectation))
    return None if share is None else share >= expectation["kwargs"].get("mostly", 1)


JUDGED: dict[str, Callable[[Expectation, Known], bool | None]] = {
    FILLED: _judge_filled,
    RANGE: _judge_range,
    TYPE: _judge_type,
    IN_SET: _judge_values,
    UNIQUE: _judge_unique,
    COLUMNS: _judge_columns,
    COMPOUND: _judge_compound,
    REGEX: _judge_regex,
    **dict.fromkeys(SETS, _judge_values),
}
