"""Open raw tables of any data source for validation, with the known defects corrected."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gx_duckdb import Rows, UnreadableError, open_rows

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import read_table


@contextmanager
def open_raw_table(source: str, name: str, defects: Sequence[KnownDefect]) -> Iterator[Rows]:
    """Open one table of `source`.

    Raises:
        UnreadableError: it cannot be read, which is a failure of the data beside others rather than the end of it all.
    """
    try:
        table, _ = correct(read_table(source, name), name, defects)
    except OperationError as error:
        raise UnreadableError(str(error)) from error
    with open_rows(table) as rows:
        yield rows
