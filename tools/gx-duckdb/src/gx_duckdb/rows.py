"""A table's rows, in parquet files or in memory: DuckDB computes over them, pandas gets single columns."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from gx_duckdb import parquet_files, sql
from gx_duckdb.errors import GxDuckDBError, QueryError
from gx_duckdb.pandas_types import empty_frame, pandas_schema

if TYPE_CHECKING:
    from pandas import DataFrame


QUERY_VALUE = "table.query_value"  # the metric of the expectation on the value of a query
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Resources:
    """What DuckDB may use: threads, megabytes of memory, and a folder for what exceeds them (None: the system's)."""

    threads: int = 2
    memory_mb: int = 1000
    spill: Path | None = None


DEFAULTS = Resources()


class Rows:
    """An open table.

    `frame` is what Great Expectations is given: no rows, but the columns and types that pandas would have, and this
    object as an attribute. For the engine: `stored` is the schema as stored, `schema` the same with pandas' types,
    `table` the relation in DuckDB, and `trouble` the error that stops every metric.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        content: Sequence[Path] | pa.Table,
        related: Mapping[str, Sequence[Path]] | None = None,
    ) -> None:
        """Open the table of parquet files, one after the other, or of memory; queries may name the related tables."""
        self._related = {
            name: connection.read_parquet([sql.escape(file) for file in files], hive_partitioning=False)
            for name, files in (related or {}).items()
            if parquet_files.are_readable(files)
        }
        self._content = content
        self.stored = content.schema if isinstance(content, pa.Table) else parquet_files.common_schema(content)
        self.schema = pandas_schema(self.stored, self._has_nulls)
        self.frame = empty_frame(self.schema, self._has_nulls)
        self.frame.attrs["rows"] = self
        self.table = (
            connection.from_arrow(content)
            if isinstance(content, pa.Table)
            else connection.read_parquet([sql.escape(file) for file in content], hive_partitioning=False)
        )
        self.trouble: GxDuckDBError | None = None
        self._values: dict[str, Any] = {}  # by their SQL

    def __deepcopy__(self, memo: object) -> Rows:
        """Stay the same object: pandas copies the attributes of a frame whenever it derives another."""
        return self

    def compute(self, expressions: Iterable[str]) -> None:
        """Compute aggregates by one query, for `value` to return.

        When the query fails, halves of it are tried, until each aggregate at fault stands alone: one bad pattern must
        not take all the others to pandas.
        """
        wanted = [each for each in dict.fromkeys(expressions) if each not in self._values]
        if not wanted:
            return
        try:
            columns = self.table.aggregate(", ".join(wanted)).to_arrow_table().columns
            self._values |= {each: _plain(column[0].as_py()) for each, column in zip(wanted, columns, strict=True)}
        except duckdb.Error as error:
            if len(wanted) == 1:
                self._values[wanted[0]] = error
                return
            self.compute(wanted[: len(wanted) // 2])
            self.compute(wanted[len(wanted) // 2 :])

    def value(self, expression: str) -> Any:
        """Return one aggregate; raises duckdb.Error when it cannot be computed."""
        self.compute([expression])
        if isinstance(value := self._values[expression], duckdb.Error):
            raise value
        return value

    def query(self, query: str) -> Any:
        """Return the one value of a query, in which `{batch}` is this table and `{NAME}` a related one.

        Where a related table is not at hand, that is said in a text instead.

        Raises:
            QueryError: DuckDB refuses the query, or it returns anything but one value.
        """
        names = {*PLACEHOLDER.findall(query)} - {"batch"}
        if missing := names - {*self._related}:
            return f"not compared, for want of {', '.join(sorted(missing))}"
        try:
            for name in names | {"batch"}:
                self._make_view(name)
            found = self.table.query("unused", PLACEHOLDER.sub(r"\1", query))
            # Ask for None, which a statement such as CREATE returns: the truth of a relation is its count of rows.
            rows = [] if found is None else found.fetchall()
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            raise QueryError(str(error).splitlines()[0]) from error
        if [len(row) for row in rows] != [1]:
            raise QueryError(f"must return one value: {query}")
        return _plain(rows[0][0])

    def _make_view(self, name: str) -> None:
        """Make a table known to queries by its name: once, for that takes as long as a query of a small table."""
        table = self.table if name == "batch" else self._related[name]
        self.once(f"view {name}", lambda: _without_nan(table).create_view(name, replace=True))

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` returned at the first call with this name: several metrics ask for the same."""
        if name not in self._values:
            self._values[name] = compute()
        return self._values[name]

    def numbered(self) -> tuple[duckdb.DuckDBPyRelation, str]:
        """Return the table with its row numbers, from 0, and the name of the column that holds them."""
        number = sql.identifier("number" + "_" * max(map(len, self.schema.names)))  # longer than any other name
        return self.table.project(f"*, row_number() OVER () - 1 AS {number}"), number

    def sample(self, condition: str, columns: Sequence[str], limit: int) -> DataFrame:
        """Load the first rows that meet a condition; their index is their row number."""
        numbered, number = self.numbered()
        return self.to_pandas(numbered.filter(condition).limit(limit), columns, number)

    def distinct(self, column: str) -> DataFrame:
        """Load the distinct values of a column, in any order; all of its values if DuckDB cannot compare them."""
        return self.once(f"distinct {column}", lambda: self._distinct(column))

    def _distinct(self, column: str) -> DataFrame:
        try:
            return self.to_pandas(self.table.project(sql.identifier(column)).distinct(), [column])
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error:
            return self.read([column])

    def to_pandas(self, relation: duckdb.DuckDBPyRelation, columns: Sequence[str], index: str = "0") -> DataFrame:
        """Load columns of a relation, with an expression as the index."""
        # Through Arrow: DuckDB's own way to pandas needs pytz for times with a zone.
        selected = relation.project(", ".join([index, *map(sql.identifier, columns)])).to_arrow_table()
        frame = self._typed(selected.select(range(1, selected.num_columns)).rename_columns(list(columns)))
        return frame if index == "0" else frame.set_index(selected.column(0).to_pandas())

    def read(self, columns: Sequence[str]) -> DataFrame:
        """Load columns with pandas' types; raises UnreadableError for a damaged file."""
        if isinstance(self._content, pa.Table):
            return self._typed(self._content.select(columns))
        return self._typed(parquet_files.read(self._content, columns))

    def _typed(self, table: pa.Table) -> DataFrame:
        fields = [self.schema.field(name) for name in table.column_names]
        return table.cast(pa.schema(fields), safe=False).to_pandas()

    def _has_nulls(self, column: str) -> bool:
        if isinstance(self._content, pa.Table):
            return bool(self._content[column].null_count)
        return parquet_files.has_nulls(self._content, column)


def _without_nan(table: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Make NaN null, as it counts for every other metric."""
    columns = [
        f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END AS {name}" if str(kind) in ("FLOAT", "DOUBLE") else name
        for name, kind in zip(map(sql.identifier, table.columns), table.types, strict=True)
    ]
    return table.project(", ".join(columns))


def _plain(value: Any) -> Any:
    """Turn a whole decimal into an int: DuckDB hands sums of whole numbers to Arrow as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def too_little_memory(error: duckdb.OutOfMemoryException) -> GxDuckDBError:
    """Word the error for users."""
    reason = str(error).splitlines()[0].rstrip(".")  # the other lines are advice that fits DuckDB's own shell
    return GxDuckDBError(f"There is too little memory to validate: {reason}. Allow more of it.")


def query_value(frame: DataFrame, query: str) -> Any:
    """Return the one value of a query over `{batch}`: a frame of `open_rows`, or one that holds its rows itself.

    Raises:
        QueryError: as `Rows.query`.
        GxDuckDBError: there is too little memory.
    """
    rows = frame.attrs.get("rows")
    if isinstance(rows, Rows):
        try:
            return rows.query(query)
        except duckdb.OutOfMemoryException as error:
            raise too_little_memory(error) from error
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return Rows(connection, pa.Table.from_pandas(frame, preserve_index=False)).query(query)


@contextmanager
def open_rows(
    content: Sequence[Path] | pa.Table,
    resources: Resources = DEFAULTS,
    related: Mapping[str, Sequence[Path]] | None = None,
) -> Iterator[Rows]:
    """Open the table of parquet files that have the same columns, or of memory; `related` are files of other tables.

    Raises UnreadableError for files that are missing, empty, damaged or of different columns, and GxDuckDBError for too
    little memory. Whatever came up while Great Expectations was at work is raised at the end of the block, for Great
    Expectations itself turns exceptions into results.
    """
    limits: dict[str, str | int] = {"threads": resources.threads, "memory_limit": f"{resources.memory_mb}MB"}
    with (
        tempfile.TemporaryDirectory(dir=resources.spill) as spill,
        duckdb.connect(config={**limits, "temp_directory": spill}) as connection,
    ):
        # DuckDB trusts the least and greatest values that a parquet file states. Those leave NaN out, so it would
        # optimise isnan(x) away and take NaN as greater than any number.
        connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        connection.execute("SET TimeZone = 'UTC'")  # else a date would be midnight of wherever the machine stands
        rows = Rows(connection, content, related)
        yield rows
        if rows.trouble:
            raise rows.trouble
