"""Describe the rows of a table by DuckDB: counts, nulls, quantiles, values, rows a day, dependent columns.

The description is what a profile keeps of a table, a few kB of JSON, and all that bounds are learned and judged from.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operation.execution.validation.days import date_parameters

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Facts = dict[str, Any]
Expectation = Mapping[str, Any]
BATCH = "batch"  # the view of the rows that are described
SHARES = (0.001, 0.005, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.995, 0.999)
LISTED = 50  # different values of a column that are kept, with their counts ...
LISTED_NUMBERS = 10  # ... and of measured numbers, which are categories as seldom as `invoke new` takes them for some
LARGEST = 1e150  # larger numbers are taken as infinite: their squares would be
DEPENDENT, ROWS_PER_VALUE = 15, 20  # as `invoke new` has it: columns compared, and rows without which it is chance
ENDS = ("least", "greatest")  # which are compared with bounds as they are, so that no digit may be lost
BOUNDS = ("min_value", "max_value", "mostly", "strict_min", "strict_max")
QUERY = "expect_query_value_to_be_between"
REGEX = "expect_column_values_to_match_regex"
COMPOUND = "expect_compound_columns_to_be_unique"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
DAY = re.compile(r"\s*SELECT\s+(.+?)\s+AS\s+day\s+FROM\s+\{batch\}\s*", re.DOTALL | re.IGNORECASE)
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")


def quoted(name: str) -> str:
    """Write a name as SQL has it: in quotes, so that any character and any word may stand in it."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(connection: "DuckDBPyConnection", table: str = BATCH) -> dict[str, str]:
    """Return the kind of each column: integer, number, text, boolean, time, date or other."""
    relation = connection.table(table)
    return {name: _kind(str(each)) for name, each in zip(relation.columns, relation.types, strict=True)}


def describe(
    connection: "DuckDBPyConnection",
    columns: Mapping[str, str],
    expectations: Iterable[Expectation] = (),
    day: str = "",
    follows: bool = False,
) -> Facts:
    """Describe the view `batch` in these columns, by their kinds.

    `expectations` are measured themselves where the columns do not say how they stand, as for a query; `day` is the
    SQL of a row's day; `follows` asks which column follows from another.
    """
    (rows,) = _row(connection, f"SELECT count(*) FROM {BATCH}")
    found: Facts = {"rows": rows, "columns": _columns(connection, columns, rows)}
    if day:
        found["days"] = _days(connection, day)
    if follows:
        found["follows"] = _follows(connection, found)
    asked = {key_of(each): each for each in expectations}
    checks = {key: value for key, each in asked.items() if (value := _check(connection, each)) is not None}
    return found | ({"checks": checks} if checks else {})


def parameters_of(connection: "DuckDBPyConnection", meta: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the dates that a suite may have as bounds, of the view `batch`."""
    import duckdb
    from gx_duckdb import QueryError

    def query(text: str) -> Any:
        try:
            (value,) = _row(connection, text.replace("{batch}", BATCH))
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        return value

    return date_parameters(meta, query, datetime.now(UTC))


def day_of(meta: Mapping[str, Any], columns: Mapping[str, str], time: str) -> str:
    """Return the SQL of a row's day: what the suite says, the column `time`, or the only column of dates; else ""."""
    said = DAY.fullmatch(str(meta.get("days", "")))
    if said:
        return f"CAST({said[1]} AS DATE)"
    dated = [name for name, kind in columns.items() if kind in ("time", "date")]
    chosen = [time] if time in dated else dated
    return f"CAST({quoted(chosen[0])} AS DATE)" if len(chosen) == 1 else ""


def columns_in(day: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that the SQL of a day names."""
    words = re.findall(r"\w+", day)
    return [name for name in columns if quoted(name) in day or name in words]


def key_of(expectation: Expectation) -> str:
    """Name what an expectation measures, whatever its bounds are."""
    kwargs = {name: value for name, value in expectation["kwargs"].items() if name not in BOUNDS}
    content = json.dumps([expectation["type"], kwargs], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def merged(facts: Mapping[str, Any], changed: Mapping[str, Any]) -> Facts:
    """Return the facts with what has changed of them."""
    both = {name: {**facts.get(name, {}), **changed.get(name, {})} for name in ("columns", "checks")}
    return {**facts, **changed, **both}


def _kind(kind: str) -> str:
    if kind in INTEGERS:
        return "integer"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        return "number"
    if kind.startswith("TIMESTAMP"):
        return "time"
    return {"VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date"}.get(kind, "other")


def _columns(connection: "DuckDBPyConnection", columns: Mapping[str, str], rows: int) -> dict[str, Facts]:
    """Ask for the facts of all columns at once, then for the values of those that have few."""
    asked = {name: ASKED[kind](quoted(name)) for name, kind in columns.items()}
    expressions = [each for expressions in asked.values() for each in expressions.values()]
    if not expressions:
        return {}
    values = iter(_row(connection, f"SELECT {', '.join(expressions)} FROM {BATCH}"))
    found: dict[str, Facts] = {}
    for name, words in asked.items():
        digits = {word: 12 if word in ENDS else 6 for word in words}
        facts = {word: value for word in words if (value := _plain(next(values), digits[word])) is not None}
        found[name] = {"kind": columns[name], **facts, "nulls": rows - facts.pop("filled")}
        found[name].pop("filled", None)
    few = [name for name, facts in found.items() if 0 < facts.get("distinct", 0) <= _most_listed(columns[name])]
    for name, counted in zip(few, _count_values(connection, few), strict=True):
        found[name]["values"] = counted
    return found


def _most_listed(kind: str) -> int:
    return LISTED_NUMBERS if kind == "number" else LISTED


def _count_values(connection: "DuckDBPyConnection", names: Sequence[str]) -> list[list[list[Any]]]:
    """Count the values of columns, most frequent first."""
    if not names:
        return []
    counted = _row(connection, f"SELECT {', '.join(f'histogram({quoted(name)})' for name in names)} FROM {BATCH}")
    return [
        [[_plain(value), count] for value, count in sorted(each.items(), key=lambda one: (-one[1], str(one[0])))]
        for each in counted
    ]


def _ask_number(name: str) -> dict[str, str]:
    value = f"CASE WHEN abs({name}::DOUBLE) < {LARGEST} THEN {name}::DOUBLE END"
    return {
        **_ask_other(name),
        "distinct": f"count(DISTINCT {name})",
        "least": f"min({value})",
        "greatest": f"max({value})",
        "mean": f"avg({value})",
        "deviation": f"stddev_samp({value})",
        "quantiles": f"quantile_cont({value}, {list(SHARES)})",
        "infinite": f"nullif(count({name}) - count({value}), 0)",
    }


def _ask_text(name: str) -> dict[str, str]:
    lengths = {"shortest": f"min(length({name}))", "longest": f"max(length({name}))"}
    return {**_ask_other(name), "distinct": f"count(DISTINCT {name})", **lengths}


def _ask_time(name: str) -> dict[str, str]:
    ends = {word: f"{ask}({name})::TIMESTAMP::VARCHAR" for word, ask in (("first", "min"), ("last", "max"))}
    return {**_ask_other(name), **ends}


def _ask_boolean(name: str) -> dict[str, str]:
    return {**_ask_other(name), "distinct": f"count(DISTINCT {name})", "mean": f"avg({name}::INTEGER)"}


def _ask_other(name: str) -> dict[str, str]:
    return {"filled": f"count({name})"}


ASKED: dict[str, Callable[[str], dict[str, str]]] = {
    "integer": _ask_number,
    "number": _ask_number,
    "text": _ask_text,
    "boolean": _ask_boolean,
    "time": _ask_time,
    "date": _ask_time,
    "other": _ask_other,
}


def _days(connection: "DuckDBPyConnection", day: str) -> Facts:
    """Count rows a day, from the first day to the last; {} if no row has a day."""
    names = ("first", "last", "days", "missing", "fewest", "median", "most")
    values = _row(
        connection,
        "SELECT min(d)::VARCHAR, max(d)::VARCHAR, count(*), date_diff('day', min(d), max(d)) + 1 - count(*), min(n), "
        f"median(n), max(n) FROM (SELECT {day} AS d, count(*) AS n FROM {BATCH} GROUP BY 1) WHERE d IS NOT NULL",
    )
    return {name: _plain(value) for name, value in zip(names, values, strict=True)} if values[2] else {}


def _follows(connection: "DuckDBPyConnection", facts: Facts) -> list[list[str]]:
    """List pairs of columns of which the second follows from the first, as a city from its post code."""
    most = facts["rows"] / ROWS_PER_VALUE
    fit = {
        name: each["distinct"]
        for name, each in facts["columns"].items()
        if each["kind"] in ("text", "integer") and 2 <= each["distinct"] <= most
    }
    names, found = list(fit)[:DEPENDENT], list[list[str]]()
    for first in names:
        others = [name for name in names if name != first and fit[name] <= fit[first]]
        for second, holds in zip(others, _all_follow(connection, first, others), strict=True):
            found += [[first, second]] if holds else []
    return found


def _all_follow(connection: "DuckDBPyConnection", first: str, others: Sequence[str]) -> Collection[bool]:
    if not others:
        return []
    ends = ", ".join(f"min({quoted(name)}) = max({quoted(name)}) AS c{n}" for n, name in enumerate(others))
    same = ", ".join(f"bool_and(coalesce(c{n}, true))" for n in range(len(others)))
    return _row(connection, f"SELECT {same} FROM (SELECT {ends} FROM {BATCH} GROUP BY {quoted(first)})")


def _check(connection: "DuckDBPyConnection", expectation: Expectation) -> float | None:
    """Measure an expectation by rows; None if its columns say how it stands, or nothing here can."""
    import duckdb

    kind, kwargs = expectation["type"], expectation["kwargs"]
    with suppress(duckdb.Error, KeyError, TypeError, ValueError):  # a column or another table is missing: unknown
        if kind == QUERY:
            return _number(_row(connection, PLACEHOLDER.sub(r"\1", kwargs["query"]))[0])
        if kind == REGEX:
            share = f"SELECT avg(regexp_matches({quoted(kwargs['column'])}, ?)::INTEGER) FROM {BATCH}"
            return _number(_row(connection, share, [kwargs["regex"]])[0])
        if kind == COMPOUND:
            rows = ", ".join(map(quoted, kwargs["column_list"]))
            return _number(_row(connection, f"SELECT count(*) - count(DISTINCT ({rows})) FROM {BATCH}")[0])
    return None


def _number(value: Any) -> float | None:
    return None if value is None else _round(float(value), 12)


def _row(connection: "DuckDBPyConnection", query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """Return the only row of a query."""
    (row,) = connection.execute(query, list(values)).fetchall()
    return tuple(row)


def _plain(value: Any, digits: int = 6) -> Any:
    """Make a value fit for JSON, and numbers short."""
    if isinstance(value, list):
        return [_plain(each, digits) for each in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return _round(float(value), digits)


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
