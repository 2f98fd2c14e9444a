"""Read parquet files as parts of one table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gx_duckdb.errors import UnreadableError


def common_schema(files: Sequence[Path]) -> pa.Schema:
    """Return the schema of the files; raises UnreadableError for one that is missing, empty, damaged or different."""
    schemas = [_read_schema(file) for file in files]
    for file, schema in zip(files, schemas, strict=True):
        _refuse_equal_names(file, schema)
    columns = [[(field.name, field.type) for field in schema] for schema in schemas]
    for file, found in zip(files, columns, strict=True):
        if found != columns[0]:
            raise UnreadableError(f"{file} has other columns or types than {files[0]}. Write both again.")
    return schemas[0]


def _refuse_equal_names(file: Path, schema: pa.Schema) -> None:
    """Refuse columns that DuckDB could not tell apart: case means nothing to it."""
    names = [name.casefold() for name in schema.names]
    alike = [name for name in schema.names if names.count(name.casefold()) > 1]
    if alike:
        raise UnreadableError(f"{file} has columns of one name, whatever the case: {', '.join(alike)}. Rename one.")


def are_readable(files: Sequence[Path]) -> bool:
    """Say whether the files are whole and parts of one table."""
    try:
        common_schema(files)
    except UnreadableError:
        return False
    return True


def has_nulls(files: Sequence[Path], column: str) -> bool:
    """Find out whether a column holds nulls, from the files' own statistics where they have any."""
    return any(_file_has_nulls(file, column) for file in files)


def read(files: Sequence[Path], columns: Sequence[str]) -> pa.Table:
    """Read columns of the files, one file after the other; raises UnreadableError for a damaged one."""
    tables = []
    for file in files:
        with _open(file) as parquet:
            tables.append(parquet.read(columns=list(columns)).select(list(columns)))
    # "permissive" because one file may declare a column "not null" and another may not.
    return pa.concat_tables(tables, promote_options="permissive")


def _file_has_nulls(file: Path, column: str) -> bool:
    with _open(file) as parquet:
        groups = [parquet.metadata.row_group(number) for number in range(parquet.num_row_groups)]
        position = parquet.schema_arrow.get_field_index(column)
        # A nested column is several columns in the file, so the positions of those after it differ from the schema's.
        flat = all(group.num_columns == len(parquet.schema_arrow) for group in groups)
        statistics = [group.column(position).statistics for group in groups] if flat else [None]
        if all(each is not None and each.has_null_count for each in statistics):
            return any(each.null_count for each in statistics)
        return bool(parquet.read(columns=[column]).column(0).null_count)


def _read_schema(file: Path) -> pa.Schema:
    if not file.is_file():
        raise UnreadableError(f"{file} is missing. Restore it from its source.")
    if not file.stat().st_size:
        raise UnreadableError(f"{file} is empty (0 bytes). Restore it from its source.")
    with _open(file) as parquet:
        if not parquet.metadata.num_rows:
            raise UnreadableError(f"{file} holds no rows. Restore it from its source.")
        return parquet.schema_arrow


@contextmanager
def _open(file: Path) -> Iterator[pq.ParquetFile]:
    try:
        # ParquetFile reads this one file; read_table would look for a data set around it.
        with pq.ParquetFile(file) as parquet:
            yield parquet
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise UnreadableError(
            f"{file} is not a whole parquet file (truncated or damaged?): {reason}. Restore it from its source."
        ) from error
