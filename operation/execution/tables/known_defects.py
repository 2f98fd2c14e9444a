"""Correct known recording errors in the raw data: exactly identified values become null."""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from operation.execution.configuration.section import Value
from operation.execution.configuration.sections import KnownDefect


def correct(table: pa.Table, name: str, defects: Iterable[KnownDefect]) -> tuple[pa.Table, tuple[KnownDefect, ...]]:
    """Replace the known defects of table `name` by null; return the table and the defects that were found in it.

    A defect that matches nothing is left out: the source may have been fixed, and validation reports what is still
    wrong.
    """
    corrected = []
    for defect in defects:
        if defect.table != name:
            continue
        found = _find_rows(table, {**defect.key, defect.column: defect.value})
        if pc.any(found).as_py():
            values = table[defect.column]
            cleared = pc.if_else(found, pa.scalar(None, values.type), values)
            table = table.set_column(table.column_names.index(defect.column), defect.column, cleared)
            corrected.append(defect)
    return table, tuple(corrected)


def _find_rows(table: pa.Table, wanted: Mapping[str, Value]) -> pa.Array:
    """Mark the rows, with one boolean each, in which every column of `wanted` holds its value."""
    found = pa.repeat(pa.scalar(True), table.num_rows)
    for column, value in wanted.items():
        if column not in table.column_names:
            return pa.repeat(pa.scalar(False), table.num_rows)
        try:
            expected = pa.scalar(value).cast(table[column].type)
        except pa.ArrowException:  # the column's type cannot hold the value, so no row does
            return pa.repeat(pa.scalar(False), table.num_rows)
        found = pc.and_(found, pc.fill_null(pc.equal(table[column], expected), False))
    return found
