"""Find rows that share their values in some columns; missing values equal each other, as in pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from gx_duckdb.metrics import Column
from gx_duckdb.rows import Rows

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Duplicates:
    """Rows with equal `columns`, among those for which the SQL condition `kept` holds."""

    columns: Sequence[Column]
    kept: str

    def count(self, rows: Rows) -> int:
        """Count the rows that have a duplicate, the first of each group included."""
        return int(rows.once(f"duplicates {self._keys()} {self.kept}", lambda: self._count(rows)))

    def sample(self, rows: Rows, limit: int) -> DataFrame:
        """Load the first rows that have a duplicate; their index is their row number."""
        numbered, number = rows.numbered()
        # IS NOT DISTINCT FROM, because "=" is never true of nulls.
        same = " AND ".join(
            f"{column.key} IS NOT DISTINCT FROM key_{position}" for position, column in enumerate(self.columns)
        )
        found = numbered.filter(self.kept).join(self._groups(rows), same, how="semi").order(number).limit(limit)
        return rows.to_pandas(found, [column.name for column in self.columns], number)

    def _count(self, rows: Rows) -> int:
        # Good data have no duplicates, and that is cheap to show: rows of different hashes differ, and hashes take
        # less time and memory than values. Only equal hashes, which may collide, make a look at the values necessary.
        hashes = rows.table.filter(self.kept).project(f"hash({self._keys()}) AS key").distinct()
        if _first(hashes.aggregate("count(*)")) == rows.value(f"count_if({self.kept})"):
            return 0
        return _first(self._groups(rows).aggregate("coalesce(sum(several), 0)"))

    def _groups(self, rows: Rows) -> duckdb.DuckDBPyRelation:
        keys = [f"{column.key} AS key_{position}" for position, column in enumerate(self.columns)]
        names = ", ".join(f"key_{position}" for position, _ in enumerate(self.columns))
        groups = rows.table.filter(self.kept).project(", ".join(keys)).aggregate(f"{names}, count(*) AS several", names)
        return groups.filter("several > 1")

    def _keys(self) -> str:
        return ", ".join(column.key for column in self.columns)


def _first(relation: duckdb.DuckDBPyRelation) -> int:
    return int(relation.to_arrow_table().column(0)[0].as_py())
