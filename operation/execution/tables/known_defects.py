"""Known recording errors in the raw data: exactly identified values that ingestion replaces by null."""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from operation.execution.configuration.sections import KnownDefect, Value


def correct(table: pa.Table, name: str, defects: Iterable[KnownDefect]) -> tuple[pa.Table, tuple[KnownDefect, ...]]:
    """Replace the known defects of table `name` by null; return the table and the defects that were found in it.

    A defect that matches nothing is left out: the source may have been mended, and anything that is still wrong is
    for validation to report.
    """
    corrected = []
    for defect in defects:
        if defect.table != name:
            continue
        found = _matches(table, {**defect.key, defect.column: defect.value})
        if pc.any(found).as_py():
            values = table[defect.column]
            mended = pc.if_else(found, pa.scalar(None, values.type), values)
            table = table.set_column(table.column_names.index(defect.column), defect.column, mended)
            corrected.append(defect)
    return table, tuple(corrected)


def _matches(table: pa.Table, wanted: Mapping[str, Value]) -> pa.Array:
    """One boolean a row: whether every column of `wanted` holds its value there."""
    found = pa.repeat(pa.scalar(True), table.num_rows)
    for column, value in wanted.items():
        if column not in table.column_names:
            return pa.repeat(pa.scalar(False), table.num_rows)
        try:
            expected = pa.scalar(value).cast(table[column].type)
        except pa.ArrowException:  # the column is of a type that cannot hold the value, so no row of it does
            return pa.repeat(pa.scalar(False), table.num_rows)
        found = pc.and_(found, pc.fill_null(pc.equal(table[column], expected), False))
    return found
