"""Read prepared rows in DuckDB: block by block, and the series in them. Only monitoring's profiles are made of this."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from learning.features import Feature
from learning.files import as_arrays
from learning.profiles import Moments, Series
from learning.scoring import Scorer
from learning.splitting import sql_name
from learning.tasks import BINARY, REGRESSION
from learning.use_cases import UseCase

SAMPLE = 100_000  # rows by which series are found
BATCH = 32_768  # rows at once: arrays of less than 4 MB, for which the kernel need not put together large pages
MOST_BLOCKS = 60
BLOCK = "__block"  # no name that a column of data has
SLICE = "__slice_"  # ... nor has one this name with a number: the place of each row's slice, from 1; 0 is none of them
HOUR = "__hour"  # of the day, with its minutes
HASH = "__hash"  # ... nor this: what rows are drawn by
MOST_SLICES = 24  # of a column, those with the most rows
APART = 3
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})


def make_blocks(connection: duckdb.DuckDBPyConnection, time: str, days: int, keep: bool = True) -> list[dict[str, Any]]:
    """Make the table `blocked`, the rows with their BLOCK; return the first and last day of each, or its rows' numbers.

    A use case without a column of time has blocks of rows in their order. Unless they
    are to be kept, dated rows are a view, which takes no memory and has no `rowid`.
    """
    if not time:
        count = connection.execute("SELECT count(*) FROM rows").fetchall()[0][0]
        size = max(1, -(-count // 30))
        number = f"((row_number() OVER ()) - 1) // {size}"
        connection.execute(f"CREATE TABLE blocked AS SELECT *, {number} AS {BLOCK} FROM rows")
        starts = range(0, count, size)
        return [{"first": start, "last": min(start + size, count) - 1, "days": 0} for start in starts]
    day = f"epoch({sql_name(time)}::DATE)::BIGINT // 86400"
    extremes = connection.execute(f"SELECT min({day}), max({day}) FROM rows").fetchall()[0]
    if extremes[0] is None:
        connection.execute(f"CREATE TABLE blocked AS SELECT *, 0 AS {BLOCK} FROM rows")
        return []
    first, last = map(int, extremes)
    days = max(days, -(-(last - first + 1) // MOST_BLOCKS))
    connection.execute(
        f"CREATE {'TABLE' if keep else 'VIEW'} blocked AS SELECT *, ({day} - {first}) // {days} AS {BLOCK} FROM rows"
    )
    starts = range(first, last + 1, days)
    seen = connection.execute(f"SELECT {BLOCK}, count(DISTINCT {sql_name(time)}::DATE) FROM blocked GROUP BY 1")
    found = {int(block): int(number) for block, number in seen.fetchall()}
    return [
        {"first": text(start), "last": text(min(start + days - 1, last)), "days": found.get(place, 0)}
        for place, start in enumerate(starts)
    ]


def text(day: int) -> str:
    """Return a day since 1970 as people write it."""
    return str(np.datetime64(day, "D"))


def find_series(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, features: Sequence[Feature]
) -> tuple[Series, ...]:
    """Find the numbers that are the same in all rows of a time, or of a category at a time: as they are in the rows."""
    table = connection.table("blocked")
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    clocks = [key for key in use_case.keys if types[key].startswith("TIMESTAMP")] or [
        name for name in (use_case.time,) if name
    ]
    if not clocks:
        return ()
    left, found = [each.name for each in features if each.kind == "number"], []
    groups = sorted((each for each in features if each.kind == "category"), key=lambda each: len(each.categories))
    joined = {column for table in list(use_case.raw_columns.values())[1:] for column in table}
    for group in ["", *(each.name for each in groups)]:
        determined = is_determined(connection, clocks[0], group, left)
        names = tuple(name for name in left if determined[name])
        left = [name for name in left if name not in names]
        if names:
            step = usual_step(connection, clocks[0], group)
            found.append(Series(clocks[0], step, group, names, tuple(name for name in names if name in joined)))
    return tuple(found)


def is_determined(
    connection: duckdb.DuckDBPyConnection, clock: str, group: str, names: Sequence[str]
) -> dict[str, bool]:
    """Say which numbers differ in less than one of a hundred groups with several rows, of at least ten."""
    by = ", ".join(sql_name(name) for name in (clock, group) if name)
    ranges = ", ".join(f"max({sql_name(name)}) > min({sql_name(name)}) AS {sql_name(name)}" for name in names)
    unlike = ", ".join(f"count(*) FILTER ({sql_name(name)})" for name in names)
    inner = f"SELECT {ranges} FROM (SELECT * FROM blocked LIMIT {SAMPLE}) GROUP BY {by} HAVING count(*) > 1"
    if not names:
        return {}
    count, *broken = connection.execute(f"SELECT count(*), {unlike} FROM ({inner})").fetchall()[0]
    return {name: count >= 10 and number < 0.01 * count for name, number in zip(names, broken, strict=True)}


def usual_step(connection: duckdb.DuckDBPyConnection, clock: str, group: str) -> int:
    """Return the most frequent distance in seconds between the times of a group that follow one another."""
    over = f"PARTITION BY {sql_name(group)}" if group else ""
    by = ", ".join(sql_name(name) for name in (clock, group) if name)
    times = f"SELECT DISTINCT {by}, epoch({sql_name(clock)})::BIGINT AS t FROM blocked"
    steps = f"SELECT t - lag(t) OVER ({over} ORDER BY t) AS step FROM ({times})"
    found = connection.execute(f"SELECT mode(step) FROM ({steps}) WHERE step > 0").fetchall()[0][0]
    return int(found or 1)


def find_slices(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], target: str) -> dict[str, Sequence[str]]:
    """Return the values of the largest slices, as texts, by column, of the rows with an outcome.

    Columns that the rows lack are left out.
    """
    there, known = connection.table("blocked").columns, f"{sql_name(target)} IS NOT NULL"
    found: dict[str, Sequence[str]] = {}
    for column in columns:
        if column in there:
            counted = f"SELECT {sql_name(column)} AS value, count(*) AS n FROM blocked WHERE {known} GROUP BY 1"
            texts = f"SELECT {slice_text('value')} AS text, sum(n) AS n FROM ({counted}) GROUP BY 1"
            query = f"SELECT text FROM ({texts}) ORDER BY n DESC, text LIMIT {MOST_SLICES}"
            found[column] = [text for (text,) in connection.execute(query).fetchall()]
    return found


def slice_text(column: str) -> str:
    """Write the text of a column's value: 1.0 is 1, as whole numbers are floats where others are missing."""
    return rf"coalesce(regexp_replace({sql_name(column)}::VARCHAR, '^(-?\d+)\.0+$', '\1'), 'None')"


def _quoted_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _slice_places(slices: Mapping[str, Sequence[str]]) -> str:
    """Write the joins that give the rows their columns SLICE: each different value is made a text once."""
    joins = ""
    for number, (column, texts) in enumerate(slices.items()):
        listed = ", ".join(_quoted_text(text) for text in texts)
        place = f"coalesce(list_position([{listed}]::VARCHAR[], {slice_text('value')}), 0)::BIGINT"
        values = f"SELECT value, {place} AS place FROM (SELECT DISTINCT {sql_name(column)} AS value FROM blocked)"
        table = f"{SLICE}{number}"
        joins += f" LEFT JOIN ({values}) {table} ON {table}.value IS NOT DISTINCT FROM blocked.{sql_name(column)}"
    return joins


def row_hash(use_case: UseCase) -> str:
    """Write what rows of `blocked` are drawn by, the same ones each time: their keys, or their numbers if none name it.

    Only with keys does it not depend on the order of the rows.
    """
    return f"hash({', '.join(map(sql_name, use_case.keys)) or 'rowid'})"


def batches(
    connection: duckdb.DuckDBPyConnection,
    use_case: UseCase,
    scorer: Scorer,
    slices: Mapping[str, Sequence[str]] = NONE,
) -> Iterator[pa.Table]:
    """Yield the columns of some rows after the other, with BLOCK, the target, HASH, the hour of the day and SLICEs."""
    clock = next((key for key in use_case.keys if is_time(connection, key)), "")
    hour = f"epoch({sql_name(clock)}) % 86400 / 3600" if clock else "NULL::DOUBLE"  # without asking for its zone
    names = [f"blocked.{sql_name(name)}" for name in dict.fromkeys([*scorer.columns, use_case.target])]
    names += [f"{BLOCK}", f"{hour} AS {HOUR}", f"{row_hash(use_case)} AS {HASH}"]
    names += [f"{SLICE}{number}.place AS {SLICE}{number}" for number in range(len(slices))]
    query = connection.sql(f"SELECT {', '.join(names)} FROM blocked{_slice_places(slices)}")
    for batch in query.to_arrow_reader(BATCH):
        yield pa.Table.from_batches([batch])


def count_days_apart(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, count: int
) -> NDArray[np.float64] | None:
    """Count rows by how many days their moment is after their day, from -APART to APART or more: (blocks, numbers).

    None for a use case whose rows have not both: a column of days, and a key that is a moment.
    """
    clock = next((key for key in use_case.keys if is_time(connection, key)), "")
    if not clock or not use_case.time or is_time(connection, use_case.time):
        return None
    day = f"epoch({sql_name(use_case.time)}::DATE)::BIGINT // 86400"
    days = f"floor(epoch({sql_name(clock)}) / 86400)::BIGINT - {day}"  # of UTC, without asking for the zone
    by = f"SELECT {BLOCK} AS b, greatest(-{APART}, least({APART}, {days})) + {APART} AS d FROM blocked"
    known = f"{by} WHERE {days} IS NOT NULL"  # of null, DuckDB takes the other one for the least
    found = np.zeros((count, 2 * APART + 1))
    for block, place, rows in connection.execute(f"SELECT b, d, count(*) FROM ({known}) GROUP BY ALL").fetchall():
        found[block, place] = rows
    return found


def is_time(connection: duckdb.DuckDBPyConnection, column: str) -> bool:
    """Say whether the column holds moments and not only days."""
    kind = connection.execute(f"SELECT typeof({sql_name(column)}) FROM blocked LIMIT 1").fetchall()
    return bool(kind) and str(kind[0][0]).startswith("TIMESTAMP")


def read_moments(
    connection: duckdb.DuckDBPyConnection, use_case: UseCase, task: str, series: Series, features: Sequence[Feature]
) -> Moments:
    """Read a series: a row a group and time, with the mean outcome."""
    places = next((list(each.categories) for each in features if each.name == series.group), [])
    texts = ", ".join(_quoted_text(text) for text in places)
    place = f"coalesce(list_position([{texts}]::VARCHAR[], any_value({sql_name(series.group)})::VARCHAR), 0) - 1"
    by = ", ".join(sql_name(name) for name in (series.group, series.clock) if name)
    group = f"dense_rank() OVER (ORDER BY {sql_name(series.group)}) - 1" if series.group else "0"
    outcome = f"avg({sql_name(use_case.target)})::DOUBLE" if task in (BINARY, REGRESSION) else "NULL::DOUBLE"
    values = ", ".join(
        f"min({sql_name(name)})::DOUBLE, (max({sql_name(name)}) > min({sql_name(name)}))::TINYINT"
        for name in series.names
    )
    query = (
        f"SELECT {group}, epoch({sql_name(series.clock)})::BIGINT // {series.step}, min({BLOCK}), "
        f"{place if series.group else -1}, {outcome}, {values} "
        f"FROM blocked WHERE {sql_name(series.clock)} IS NOT NULL GROUP BY {by} ORDER BY 1, 2"
    )
    found = columns_of(connection, query)
    groups, time, block, at = (column.astype(np.intp) for column in found[:4])
    count = len(groups)
    values_of = np.column_stack([np.empty((count, 0)), *map(_readable, found[5::2])])
    broken = np.column_stack([np.empty((count, 0), bool), *(column > 0 for column in found[6::2])])
    return Moments(groups, time, block, _readable(found[4]), values_of, broken, at, len(places))


def _readable(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers, NaN for one that float32 cannot hold: its square may be infinite, which JSON lacks."""
    numbers = column.astype(float)
    numbers[np.abs(numbers) > np.finfo(np.float32).max] = np.nan
    return numbers


def columns_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[NDArray[Any]]:
    """Return the columns of numbers of a query, whatever they are called, with NaN for nulls."""
    found = connection.sql(query).to_arrow_table()
    return list(as_arrays(found.rename_columns([f"c{place}" for place in range(found.num_columns)])).values())
