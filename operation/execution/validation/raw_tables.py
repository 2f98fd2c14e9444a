"""Bring raw tables of any data source for validation: into files, as a run's snapshot has them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gx_duckdb import Rows, UnreadableError, open_rows

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import write_table


@contextmanager
def open_raw_table(source: str, name: str, defects: Sequence[KnownDefect]) -> Iterator[Rows]:
    """Open one table of `source`, with the known defects corrected.

    It is written to a file first, since the step of a run checks files: the same data get the same verdict.

    Raises:
        UnreadableError: it cannot be read, which is a failure of the data beside others rather than the end of it all.
    """
    with TemporaryDirectory() as folder:
        try:
            table, _ = correct(read_table(source, name), name, defects)
        except OperationError as error:
            raise UnreadableError(str(error)) from error
        write_table(table, name, Path(folder))
        del table  # two of it would be in memory
        with open_rows([Path(folder) / f"{name}.parquet"]) as rows:
            yield rows
