"""Fetch raw tables of any data source for validation: into files, as a run's snapshot has them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from gx_duckdb import Rows, UnreadableError, open_rows

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.tables.known_defects import correct
from operation.execution.tables.reading import read_table
from operation.execution.tables.snapshot import write_table
from operation.execution.validation.checkpoints import OpenTable


def write_raw_tables(
    source: str, tables: Sequence[str], defects: Sequence[KnownDefect], folder: Path, use_case: str
) -> dict[str, OpenTable]:
    """Write tables of `source` into `folder`, with the known defects corrected, and return how to open each.

    The step of a run checks files, so the same data get the same verdict here. A table that cannot be read raises
    UnreadableError when it is opened: that is a failure of the data beside others rather than the end of it all.
    """
    files: dict[str, list[Path]] = {}
    unreadable: dict[str, str] = {}
    for name in tables:
        try:
            table, _ = correct(read_table(source, name, use_case), name, defects)
            write_table(table, name, folder)
            files[name] = [folder / f"{name}.parquet"]
        except OperationError as error:
            unreadable[name] = str(error)
    return {name: partial(_open, name, files, unreadable) for name in tables}


@contextmanager
def _open(name: str, files: Mapping[str, Sequence[Path]], unreadable: Mapping[str, str]) -> Iterator[Rows]:
    if name in unreadable:
        raise UnreadableError(unreadable[name])
    with open_rows(files[name], related=files) as rows:
        yield rows
