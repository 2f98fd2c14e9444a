"""Choose among the tables and columns that were given: the main table, and what `--drop` leaves."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from math import isclose
from typing import TYPE_CHECKING

from operation.errors import OperationError
from operation.execution.new.asked import Asked
from operation.execution.new.naming import nearest
from operation.execution.new.profile import FEW, Column, Table, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEAST_ROWS = 30
PART = "__part"  # as in src/learning/splitting.py
MOST_COLUMNS = 500  # Great Expectations alone would take minutes with more


def take_names(asked: Asked, tables: Mapping[str, Table]) -> Asked:
    """Return the options with the names as the tables have them, where these have spaces around them."""
    names = {name for table in tables.values() for name in table.columns}
    stripped = {name.strip(): name for name in names}

    def take(name: str) -> str:
        return name if name in names else stripped.get(name.strip(), name)

    return replace(
        asked,
        target=take(asked.target),
        time=take(asked.time),
        group=take(asked.group),
        key=tuple(map(take, asked.key)),
        keep=tuple(map(take, asked.keep)),
    )


def check_total(connection: "DuckDBPyConnection", main: Table) -> None:
    """Raise OperationError for a last row that sums up the others, as spreadsheets have it."""
    numbers = [each for each in main.columns.values() if each.quantiles and each.distinct > FEW]
    if main.sampled or not numbers:
        return
    values = ", ".join(quoted(each.name) for each in numbers)
    last = connection.execute(f"SELECT {values} FROM {quoted(main.name)} OFFSET {main.rows - 1}").fetchall()[0]
    for column, value in zip(numbers, last, strict=True):
        if value and isclose(column.mean * column.filled, 2 * float(value), rel_tol=1e-9):
            raise OperationError(
                f"The last row of {main.name} is a total: its {column.name} is the sum of all others. Delete that row."
            )


def check_target(asked: Asked) -> None:
    """Raise OperationError if another option names the target, which nothing else can be."""
    named = {"key": asked.key, "time": (asked.time,), "group": (asked.group,), "keep": asked.keep}
    for option, names in named.items():
        if asked.target and asked.target in names:
            raise OperationError(f"--{option} {asked.target} is the target. Name another column, or leave it out.")
    for pattern in asked.drop:
        if _matches(asked.target, [pattern]):
            raise OperationError(f"--drop {pattern} drops {asked.target!r}, which is the target. Take it out of one.")


def choose_main(asked: Asked, tables: Mapping[str, Table]) -> Table:
    """Return the table that has the target.

    Raises:
        OperationError: none or several have, or it is too small or too wide.
    """
    if not asked.target:
        names = [name for table in tables.values() for name in table.columns]
        raise OperationError(f"Name the column to predict: --target COLUMN. {nearest('', names)}")
    having = [table for table in tables.values() if asked.target in table.columns]
    if not having:
        names = [name for table in tables.values() for name in table.columns]
        raise OperationError(
            f"No column is named {asked.target!r}. {_without_header(names) or nearest(asked.target, names)}"
        )
    if len(having) > 1:
        shown = ", ".join(table.name for table in having)
        raise OperationError(
            f"The target {asked.target!r} is in several tables: {shown}. Leave it in one: move the files of the others "
            "elsewhere."
        )
    (main,) = having
    if main.rows < LEAST_ROWS:
        raise OperationError(
            f"{main.name} has {main.rows} rows, and at least {LEAST_ROWS} are needed to train and to test. Add rows."
        )
    return main


def _without_header(names: Collection[str]) -> str:
    """Say that the first line is not a header, if half of the names are numbers."""
    numbers = [name for name in names if name.strip().lstrip("-").replace(".", "", 1).isdigit()]
    first = f"The first line seems to be data ({', '.join(list(names)[:3])}, ...): write the names above it."
    return first if len(numbers) * 2 >= len(names) > 0 else ""


def drop_columns(asked: Asked, tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables without the columns that `--drop` names.

    Raises:
        OperationError: a pattern matches no column, or one that another option names; too many columns are left.
    """
    names = [name for table in tables.values() for name in table.columns]
    needed = {"key": asked.key, "time": (asked.time,), "group": (asked.group,)}
    for pattern in asked.drop:
        matched = [name for name in names if _matches(name, [pattern])]
        if not matched:
            raise OperationError(f"--drop {pattern}: no column has this name. {nearest(pattern, names)}")
        for option, named in {**needed, "keep": asked.keep}.items():
            for name in set(matched) & set(named):
                raise OperationError(f"--drop {pattern} drops {name!r}, which --{option} names. Take it out of one.")
    kept = {table.name: without(asked, table) for table in tables.values()}
    for table in kept.values():
        check_width(table.name, table.columns)
    return kept


def without(asked: Asked, table: Table) -> Table:
    """Return the table without the columns that `--drop` names."""
    return replace(table, columns={name: table.columns[name] for name in left(asked, table.columns)})


def left(asked: Asked, columns: Iterable[str]) -> list[str]:
    """List the columns that `--drop` does not name."""
    return [name for name in columns if not _matches(name, asked.drop)]


def check_names(table: str, columns: Collection[str]) -> None:
    """Raise OperationError for a column without a name."""
    for number, name in enumerate(columns, start=1):
        if not name.strip():
            raise OperationError(f"Column {number} of {table} has no name. Give it one in the header, or delete it.")


def check_taken(table: str, columns: Collection[str]) -> None:
    """Raise OperationError for a column of the name that src/prepare.py gives to one of its own."""
    for name in columns:
        if name.casefold() == PART:
            raise OperationError(
                f"The column {name!r} of {table} has a name that preparation needs. Rename it, or leave it out: "
                f"--drop {name}"
            )


def check_width(table: str, columns: Collection[str]) -> None:
    """Raise OperationError for a table of too many columns."""
    if len(columns) > MOST_COLUMNS:
        raise OperationError(
            f"{table} has {len(columns):,} columns, and {MOST_COLUMNS} are the most that are checked in "
            "reasonable time. Choose among them first, or leave some out: --drop 'gene_*,x1??'"
        )


def require_column(name: str, table: Table, option: str) -> Column:
    """Return the column that an option names; raises OperationError with the nearest name."""
    if name not in table.columns:
        raise OperationError(f"--{option} {name}: {table.name} has no such column. {nearest(name, table.columns)}")
    return table.columns[name]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(pattern in (name, name.strip()) or fnmatchcase(name, pattern) for pattern in patterns)  # or brackets
