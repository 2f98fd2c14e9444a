"""The standard corruptions: ways in which deliveries of any table go wrong, each one SELECT over its rows.

How many of them an expectation finds is measured on rows that were accepted, when they are learned from.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operation.execution.expectations.facts import (
    BATCH,
    COMPOUND,
    QUERY,
    Expectation,
    Facts,
    columns_in,
    describe,
    quoted,
)
from operation.execution.expectations.judgement import ROWS as COUNT
from operation.execution.expectations.judgement import UNIQUE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GOOD, ROW = "__good", "__row"  # the table that is corrupted, and the number of a row in it, from 0; no names of ours
MOST_ROWS = 30_000  # the newest days, or the first rows
LEAST_DAYS = 21  # that must be there for a week to be lost among them
# {value} is the column, {type} its type, {usual} its most frequent value or its median, {row} the number of the row.
NUMBERS = {
    "times 60": "try_cast({value}::DOUBLE * 60 AS {type})",
    "times 1,000": "try_cast({value}::DOUBLE * 1000 AS {type})",
    "miles as kilometres": "try_cast({value}::DOUBLE * 1.609 AS {type})",
    "with the sign turned": "-{value}",
    "a hundredfold in one row of a hundred": (
        "CASE WHEN {row} % 100 = 7 THEN try_cast({value}::DOUBLE * 100 AS {type}) ELSE {value} END"
    ),
    "always the same": "CASE WHEN {value} IS NOT NULL THEN {usual} END",
    "a fifth empty": "CASE WHEN {row} % 5 <> 0 THEN {value} END",
    "empty as -999": "coalesce({value}, -999)",
}
TEXTS = {
    "in other letters": "CASE WHEN {value} = upper({value}) THEN lower({value}) ELSE upper({value}) END",
    "the most frequent renamed": "CASE WHEN {value} = {usual} THEN {value} || '_2' ELSE {value} END",
    "a new value in one row of a hundred": "CASE WHEN {row} % 100 = 7 THEN 'NEW' ELSE {value} END",
    "always the same": "{usual}",
    "a fifth empty": "CASE WHEN {row} % 5 <> 0 THEN {value} END",
    "shifted by a row": "lag({value}) OVER (ORDER BY {row})",
}
TIMES = {
    "30 years later in ten rows": "CASE WHEN {row} < 10 THEN {value} + INTERVAL 30 YEAR ELSE {value} END",
    "a fifth empty": "CASE WHEN {row} % 5 <> 0 THEN {value} END",
}
WAYS = {"integer": NUMBERS, "number": NUMBERS, "text": TEXTS, "time": TIMES, "date": TIMES}
ALL = f"SELECT * EXCLUDE ({ROW}) FROM {GOOD}"
ROWS = {
    "half of the rows": f"{ALL} WHERE {ROW} % 2 = 0",
    "one row of ten twice": f"{ALL} UNION ALL {ALL} WHERE {ROW} % 10 = 0",
}
WEEK = "a week lost"
OF_ROWS = (COUNT, UNIQUE, COMPOUND, QUERY)  # the expectations that may find lost or repeated rows


@dataclass(frozen=True)
class Corruption:
    """One way to break the rows; `column` is "" for the whole table, `rows` the SELECT that gives them."""

    column: str
    name: str
    rows: str


def measure(
    connection: "DuckDBPyConnection", columns: Mapping[str, str], expectations: Sequence[Expectation], day: str
) -> dict[str, Any]:
    """Describe the newest rows of the view `batch` as they are, and what each corruption changes of their facts.

    The view then shows the last corruption. One that DuckDB cannot compute is left out.
    """
    import duckdb

    (whole,) = connection.execute(f"SELECT count(*) FROM {BATCH}").fetchall()[0]
    _take_newest(connection, day, whole)
    clean = _describe(connection, ALL, columns, expectations, day)
    factor = whole / max(clean["rows"], 1)  # bounds on rows are made for all of them
    broken = []
    for each in standard(connection, columns, clean, day):
        touched = columns if not each.column else {each.column: columns[each.column]}
        asked = [one for one in expectations if not each.column or mentions(one, each.column)]
        counted = day if each.column in ("", *columns_in(day, columns)) else ""
        with suppress(duckdb.Error):  # as where the last day of all is moved on
            changed = _describe(connection, each.rows, touched, asked, counted)
            changed["all_rows"] = changed["rows"] * factor
            broken.append({"column": each.column, "name": each.name, "changed": changed})
    return {"clean": {**clean, "all_rows": whole}, "broken": broken}


def mentions(expectation: Expectation, column: str) -> bool:
    """Whether an expectation is about the column, by its arguments or in its query."""
    kwargs = expectation["kwargs"]
    named = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
    return column in (*named, *kwargs.get("column_list", ()))


def concerns(expectation: Expectation, column: str) -> bool:
    """Whether a corruption is one that the expectation could find: of its columns, or of the whole table's rows."""
    return mentions(expectation, column) if column else expectation["type"] in OF_ROWS


def standard(
    connection: "DuckDBPyConnection", columns: Mapping[str, str], clean: Mapping[str, Any], day: str
) -> Iterator[Corruption]:
    """Yield the corruptions of a table: of each column by its kind, then of its rows."""
    types = {name: str(kind) for name, kind in zip(*_typed(connection), strict=True)}
    for name, kind in columns.items():
        facts = clean["columns"][name]
        if facts["nulls"] == clean["rows"]:
            continue
        for way, expression in WAYS.get(kind, {}).items():
            if way.startswith("empty") and not facts["nulls"]:
                continue
            usual = _usual(name, kind)
            broken = expression.format(value=quoted(name), type=types[name], usual=usual, row=ROW)
            rows = f"SELECT * EXCLUDE ({ROW}) REPLACE ({broken} AS {quoted(name)}) FROM {GOOD}"
            yield Corruption(name, way, rows)
    yield from (Corruption("", name, rows) for name, rows in ROWS.items())
    if day and clean.get("days", {}).get("days", 0) >= LEAST_DAYS:
        middle = f"(SELECT min({day}) + 7 FROM {GOOD})"
        lost = f"{ALL} WHERE NOT coalesce({day} BETWEEN {middle} AND {middle} + 6, false)"
        yield Corruption("", WEEK, lost)


def _take_newest(connection: "DuckDBPyConnection", day: str, whole: int) -> None:
    """Make the table that is corrupted: the rows of the newest whole days, or the first ones."""
    if whole <= MOST_ROWS:
        rows = f"SELECT * FROM {BATCH}"
    elif day:
        counted = f"SELECT {day} AS d, count(*) AS n FROM {BATCH} GROUP BY 1"
        summed = f"SELECT d, sum(n) OVER (ORDER BY d DESC) AS n FROM ({counted}) WHERE d IS NOT NULL"
        first = f"(SELECT coalesce(min(d) FILTER (n <= {MOST_ROWS}), max(d)) FROM ({summed}))"
        rows = f"SELECT * FROM {BATCH} WHERE {day} >= {first}"
    else:
        rows = f"SELECT * FROM {BATCH} LIMIT {MOST_ROWS}"
    connection.execute(f"CREATE OR REPLACE TABLE {GOOD} AS SELECT *, row_number() OVER () - 1 AS {ROW} FROM ({rows})")


def _describe(
    connection: "DuckDBPyConnection",
    rows: str,
    columns: Mapping[str, str],
    expectations: Sequence[Expectation],
    day: str,
) -> Facts:
    connection.execute(f"CREATE OR REPLACE VIEW {BATCH} AS {rows}")
    return describe(connection, columns, expectations, day)


def _typed(connection: "DuckDBPyConnection") -> tuple[list[str], list[Any]]:
    relation = connection.table(GOOD)
    return relation.columns, relation.types


def _usual(name: str, kind: str) -> str:
    """Return, as SQL, the most frequent value of a text, or the median of numbers."""
    value = quoted(name)
    ask = f"mode({value})" if kind == "text" else f"quantile_disc({value}, 0.5)"
    return f"(SELECT {ask} FROM {GOOD})" if kind in ("text", "integer", "number") else value
