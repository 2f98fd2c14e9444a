"""Parquet files as parts of one table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gx_duckdb.errors import GxDuckDBError


class UnreadableError(GxDuckDBError):
    """A table whose file is missing, empty or damaged."""


def common_schema(files: Sequence[Path]) -> pa.Schema:
    """Return the schema of the files; raises UnreadableError for one that is missing, empty, damaged or different."""
    schemas = [_read_schema(file) for file in files]
    columns = [[(field.name, field.type) for field in schema] for schema in schemas]
    for file, found in zip(files, columns, strict=True):
        if found != columns[0]:
            raise UnreadableError(f"{file} has other columns, or of other types, than {files[0]}. Write both anew.")
    return schemas[0]


def has_nulls(files: Sequence[Path], column: str) -> bool:
    """Whether a column holds nulls; the files' own statistics are asked first."""
    return any(_file_has_nulls(file, column) for file in files)


def read(files: Sequence[Path], columns: Sequence[str]) -> pa.Table:
    """Read columns of the files, one file after the other; raises UnreadableError for a damaged one."""
    tables = []
    for file in files:
        with _open(file) as parquet:
            tables.append(parquet.read(columns=list(columns)).select(list(columns)))
    return pa.concat_tables(tables, promote_options="permissive")  # which lets "not null" differ


def _file_has_nulls(file: Path, column: str) -> bool:
    with _open(file) as parquet:
        groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
        place = parquet.schema_arrow.get_field_index(column)
        # Behind a nested column, places in the schema and in the file differ.
        flat = all(group.num_columns == len(parquet.schema_arrow) for group in groups)
        chunks = [group.column(place).statistics for group in groups] if flat else [None]
        if all(chunk is not None and chunk.has_null_count for chunk in chunks):
            return any(chunk.null_count for chunk in chunks)
        return bool(parquet.read(columns=[column]).column(0).null_count)


def _read_schema(file: Path) -> pa.Schema:
    if not file.is_file():
        raise UnreadableError(f"{file} is missing. Bring it again from where it came.")
    if not file.stat().st_size:
        raise UnreadableError(f"{file} is empty (0 bytes). Bring it again from where it came.")
    with _open(file) as parquet:
        if not parquet.metadata.num_rows:
            raise UnreadableError(f"{file} holds no rows. Bring it again from where it came.")
        return parquet.schema_arrow


@contextmanager
def _open(file: Path) -> Iterator[pq.ParquetFile]:
    try:
        # ParquetFile reads this one file; read_table would look for a data set around it.
        with pq.ParquetFile(file) as parquet:
            yield parquet
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        message = f"{file} is not a whole parquet file (truncated or damaged?): {reason}. Bring it again."
        raise UnreadableError(message) from error
