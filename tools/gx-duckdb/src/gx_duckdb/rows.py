"""The rows of a table, in parquet files or in memory: DuckDB computes over them, pandas is handed single columns."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from gx_duckdb import files, sql
from gx_duckdb.errors import GxDuckDBError
from gx_duckdb.types import empty_frame, pandas_schema

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Resources:
    """What DuckDB may take; `spill` is where what exceeds its memory goes, by default the system's temporary folder."""

    threads: int = 2
    memory_mb: int = 1000
    spill: Path | None = None


class Rows:
    """An open table.

    `stored` has its columns and their types; `schema` has the types that pandas would give them; `frame` has these too,
    but no rows of its own: it carries the open table as an attribute. `table` is its relation in DuckDB. `trouble` is
    for what stops the computation of any metric.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, content: Sequence[Path] | pa.Table) -> None:
        """Take the table of parquet files, one after the other, or of memory."""
        self._content = content
        self.stored = content.schema if isinstance(content, pa.Table) else files.common_schema(content)
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
        """Stay the same: pandas copies the attributes of a frame whenever it derives another."""
        return self

    def compute(self, expressions: Iterable[str]) -> None:
        """Compute aggregates in one query, to be had from `value`; those that fail are found by halving."""
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

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return what `compute` gave when it was first asked for by this name."""
        if name not in self._values:
            self._values[name] = compute()
        return self._values[name]

    def numbered(self) -> tuple[duckdb.DuckDBPyRelation, str]:
        """Return the table with the numbers of its rows, from 0, and the name of the column that they are in."""
        number = sql.identifier("number" + "_" * max(map(len, self.schema.names)))  # as no other column is named
        return self.table.project(f"*, row_number() OVER () - 1 AS {number}"), number

    def sample(self, condition: str, columns: Sequence[str], limit: int) -> DataFrame:
        """Return the first rows that meet a condition; their index is their number."""
        numbered, number = self.numbered()
        return self.to_pandas(numbered.filter(condition).limit(limit), columns, number)

    def distinct(self, column: str) -> DataFrame:
        """Return the different values of a column, in any order; all of its values if DuckDB cannot compare them."""
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
        content = self._content
        return self._typed(content.select(columns) if isinstance(content, pa.Table) else files.read(content, columns))

    def _typed(self, table: pa.Table) -> DataFrame:
        fields = [self.schema.field(name) for name in table.column_names]
        return table.cast(pa.schema(fields), safe=False).to_pandas()

    def _has_nulls(self, column: str) -> bool:
        if isinstance(self._content, pa.Table):
            return bool(self._content[column].null_count)
        return files.has_nulls(self._content, column)


def _plain(value: Any) -> Any:
    """Make a number of a decimal, which is how Arrow has DuckDB's sums and counts of whole numbers."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


@contextmanager
def open_rows(content: Sequence[Path] | pa.Table, resources: Resources) -> Iterator[Rows]:
    """Open the table of parquet files that have the same columns, or of memory.

    Raises UnreadableError for files that are missing, empty, damaged or of different columns.
    """
    limits: dict[str, str | int] = {"threads": resources.threads, "memory_limit": f"{resources.memory_mb}MB"}
    with (
        tempfile.TemporaryDirectory(dir=resources.spill) as spill,
        duckdb.connect(config={**limits, "temp_directory": spill}) as connection,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        yield Rows(connection, content)
