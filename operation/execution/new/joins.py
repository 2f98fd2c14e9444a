"""Which tables of a folder can be joined to the main one: those whose key it has."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from operation.execution.new.asked import Join
from operation.execution.new.profile import Table, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_COLUMNS = 3  # in a key
LEAST_MATCHED = 0.05  # of the main table's rows must have a partner


@dataclass(frozen=True)
class Found:
    """The joins, the share of the main table's rows that each finds a partner for, and the tables left out and why."""

    joins: tuple[Join, ...] = ()
    matched: tuple[float, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def find_joins(connection: "DuckDBPyConnection", main: Table, others: Iterable[Table], target: str) -> Found:
    """Find for each other table the fewest shared columns that are unique in it."""
    taken = set(main.columns)
    joins: list[Join] = []
    matched: list[float] = []
    left_out: list[tuple[str, str]] = []
    for other in others:
        shared = [name for name in other.columns if name in main.columns and name != target]
        on, share = _best_key(connection, main, other, shared)
        if share >= LEAST_MATCHED:
            join = Join(other.name, on, _names(other, on, taken))
            taken.update(join.columns.values())
            joins.append(join)
            matched.append(share)
        else:
            left_out.append((other.name, _reason(main, other, shared, on, share)))
    return Found(tuple(joins), tuple(matched), tuple(left_out))


def repeated(connection: "DuckDBPyConnection", table: str, columns: Iterable[str]) -> int:
    """Count the rows that have the values of another row in these columns."""
    names = ", ".join(map(quoted, columns))
    query = f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {quoted(table)} GROUP BY {names})"
    return int(connection.execute(query).fetchall()[0][0])


def take_partners(connection: "DuckDBPyConnection", main: Table, other: Table, on: Iterable[str]) -> None:
    """Replace a sample of the other table by the partners of the main one's rows, which it mostly lacks."""
    names = ", ".join(map(quoted, on))
    partners = f"SELECT * FROM {quoted(other.whole)} SEMI JOIN {quoted(main.name)} USING ({names})"
    connection.execute(f"DELETE FROM {quoted(other.name)}")
    connection.execute(f"INSERT INTO {quoted(other.name)} BY NAME {partners}")


def _reason(main: Table, other: Table, shared: list[str], on: tuple[str, ...], share: float) -> str:
    for name in on:
        kinds = [table.columns[name].kind for table in (other, main)]
        if kinds[0] != kinds[1]:
            return f"its {name} is stored as {kinds[0]}, and that of {main.name} as {kinds[1]}: store both in one way"
    if on:
        return f"{share:.0%} of {main.name} find a row in it by {', '.join(on)}"
    if shared:
        return f"has no unique key among {', '.join(shared)}, so rows would multiply"
    return f"shares no column with {main.name}"


def _best_key(
    connection: "DuckDBPyConnection", main: Table, other: Table, shared: list[str]
) -> tuple[tuple[str, ...], float]:
    """Return the first of the shortest keys that enough rows match, or else the one that most match, and their share.

    A shared column may be unique by chance, such as a measurement, and match nothing.
    """
    best: tuple[tuple[str, ...], float] = (), 0.0
    for on in _keys(connection, other, shared):
        share = _matched(connection, main, other, on)
        if share >= LEAST_MATCHED:
            return on, share
        if not best[0] or share > best[1]:
            best = on, share
    return best


def _keys(connection: "DuckDBPyConnection", other: Table, shared: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the columns that are unique together, fewest first; none that hold a key which was yielded already."""
    found: list[set[str]] = []
    for count in range(1, MOST_COLUMNS + 1):
        for names in combinations(shared, count):
            whole = all(not other.columns[name].nulls for name in names)
            if whole and not any(key <= {*names} for key in found) and not repeated(connection, other.whole, names):
                found.append({*names})
                yield names


def _matched(connection: "DuckDBPyConnection", main: Table, other: Table, on: tuple[str, ...]) -> float:
    """Return the share of the main table's rows with a partner; 0 where the types cannot be compared."""
    if any(main.columns[name].kind != other.columns[name].kind for name in on):
        return 0.0
    names = ", ".join(map(quoted, on))
    query = f"SELECT count(*) FROM {quoted(main.whole)} SEMI JOIN {quoted(other.whole)} USING ({names})"
    return float(connection.execute(query).fetchall()[0][0]) / max(1, main.rows)


def _names(other: Table, on: tuple[str, ...], taken: set[str]) -> dict[str, str]:
    """Name the columns that the join adds; one that the rows have already gets the table's name before it."""
    lower = {name.casefold() for name in taken}
    added = [name for name in other.columns if name not in on]
    return {name: f"{other.name}_{name}" if name.casefold() in lower else name for name in added}
