"""Raw tables from any data source, the known defects mended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gx_duckdb.files import UnreadableError
from gx_duckdb.rows import Resources, Rows, open_rows

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import read_table


@contextmanager
def open_source(source: str, name: str, defects: Sequence[KnownDefect], corrected: list[KnownDefect]) -> Iterator[Rows]:
    """Open one table of `source`; the defects that were found in it are added to `corrected`.

    Raises UnreadableError when it cannot be read.
    """
    try:
        table, found = correct(read_table(source, name), name, defects)
    except OperationError as error:
        raise UnreadableError(str(error)) from error
    corrected.extend(found)
    with open_rows(table, Resources()) as rows:
        yield rows
