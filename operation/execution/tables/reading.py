"""Read raw tables from parquet and CSV files, so that the same table is the same whatever its file."""

import io
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from operation.errors import OperationError
from operation.execution.tables.sources import find_table

NULLS = ["", "NA"]


def read_table(source: str, table: str) -> pa.Table:
    """Read one table of `source`, with plain strings, and timestamps as timestamp[us, tz=UTC].

    Raises OperationError for an unknown source, and for a missing, empty, damaged or wrongly encoded file.
    """
    file = find_table(source, table)
    if not file.stat().st_size:
        raise OperationError(f"{file} is empty (0 bytes). Restore it from its source.")
    content = _read_parquet(file) if file.suffix == ".parquet" else _parse_csv(file, _read_csv_bytes(file))
    if not content.num_rows:
        raise OperationError(f"{file} holds no rows. Restore it from its source.")
    return _normalise(content)


def _read_parquet(file: Path) -> pa.Table:
    try:
        # ParquetFile reads this one file; read_table would look for a data set around it.
        with pa.parquet.ParquetFile(file) as parquet:
            return parquet.read()
    except (pa.ArrowException, OSError) as error:
        raise OperationError(
            f"{file} is not a whole parquet file (truncated or damaged?): {_first_line(error)}. "
            "Restore it from its source."
        ) from error


def _read_csv_bytes(file: Path) -> bytes:
    if file.suffix != ".zip":
        return file.read_bytes()
    try:
        with zipfile.ZipFile(file) as archive:
            members = [name for name in archive.namelist() if name.endswith(".csv") and not name.startswith("__")]
            if len(members) != 1:
                raise OperationError(f"{file} must hold exactly one CSV file; it holds {', '.join(members) or 'none'}.")
            return archive.read(members[0])
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise OperationError(f"{file} is not a whole zip archive: {error}. Restore it from its source.") from error


def _parse_csv(file: Path, content: bytes) -> pa.Table:
    _check_encoding(file, content)
    conversion = pa.csv.ConvertOptions(null_values=NULLS, strings_can_be_null=True)
    try:
        return pa.csv.read_csv(io.BytesIO(content), convert_options=conversion)
    except pa.ArrowException as error:
        raise OperationError(
            f"{file} is not a CSV table: {_first_line(error)}. Fix it, or restore it from its source."
        ) from error


def _check_encoding(file: Path, content: bytes) -> None:
    """Refuse anything but UTF-8, which Arrow would silently read as bytes."""
    try:
        content.decode("utf-8")
        position = content.find(b"\0")  # UTF-16 without a byte order mark is valid UTF-8 full of NULs
    except UnicodeDecodeError as error:
        position = error.start
    if position >= 0:
        line = content.count(b"\n", 0, position) + 1
        raise OperationError(
            f"{file} is not UTF-8: byte 0x{content[position]:02x} at position {position} (line {line}). "
            "Save it as UTF-8, for example with: iconv -f LATIN1 -t UTF-8"
        )


def _normalise(table: pa.Table) -> pa.Table:
    """Unify types across file formats: plain strings, microseconds, and UTC for a timestamp without a zone."""
    fields = [pa.field(field.name, _normalise_type(field.type)) for field in table.schema]
    # safe=False lets nanoseconds become microseconds.
    return table.cast(pa.schema(fields), safe=False).combine_chunks()


def _normalise_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _normalise_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    return pa.string() if pa.types.is_large_string(kind) else kind


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
