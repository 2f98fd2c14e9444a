"""Where raw tables come from: an installed package with a `data` folder, or a folder of parquet and CSV files."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from operation.errors import OperationError

SUFFIXES = (".parquet", ".csv", ".csv.zip")
NULLS = ["", "NA"]


def read_table(source: str, table: str) -> pa.Table:
    """Read one table of `source`, with plain strings, and timestamps as timestamp[us, tz=UTC].

    Raises OperationError for an unknown source, and for a missing, empty, damaged or wrongly encoded file.
    """
    file = find_table(source, table)
    if not file.stat().st_size:
        raise OperationError(f"{file} is empty (0 bytes). Bring it again from where it came.")
    content = _read_parquet(file) if file.suffix == ".parquet" else _parse_csv(file, _read_csv_bytes(file))
    if not content.num_rows:
        raise OperationError(f"{file} holds no rows. Bring it again from where it came.")
    return _normalise(content)


def find_table(source: str, table: str) -> Path:
    """Return the file of `source` that holds `table`."""
    folder = find_source(source)
    files = [folder / f"{table}{suffix}" for suffix in SUFFIXES]
    for file in files:
        if file.is_file():
            return file
    there = _there(sorted(file.name for file in folder.iterdir() if file.name.endswith(SUFFIXES)))
    names = " or ".join(file.name for file in files)
    raise OperationError(f"The data source {source!r} lacks the table {table!r}: {folder} has no {names}; {there}.")


def find_source(source: str) -> Path:
    """Return the folder of the files of `source`: the name of an installed package, or the path of a folder."""
    # find_spec looks a package up without importing it; a name with dots would import its parents.
    spec = find_spec(source) if source.isidentifier() else None
    for location in (spec.submodule_search_locations or []) if spec else []:
        if (Path(location) / "data").is_dir():
            return Path(location) / "data"
    if Path(source).is_dir():
        return Path(source)
    hint = f" If it is a package, install it: pip install {source}." if source.isidentifier() else ""
    raise OperationError(
        f"Unknown data source {source!r}: it is neither an installed package with a data folder, nor a folder.{hint}"
    )


def _there(names: Sequence[str]) -> str:
    return f"it has {', '.join(names)}" if names else "it has no parquet or CSV file at all"


def _read_parquet(file: Path) -> pa.Table:
    try:
        # ParquetFile reads this one file; read_table would look for a data set around it.
        with pa.parquet.ParquetFile(file) as parquet:
            return parquet.read()
    except (pa.ArrowException, OSError) as error:
        raise OperationError(
            f"{file} is not a whole parquet file (truncated or damaged?): {_first_line(error)}. Bring it again."
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
        raise OperationError(f"{file} is not a whole zip archive: {error}. Bring it again.") from error


def _parse_csv(file: Path, content: bytes) -> pa.Table:
    _check_encoding(file, content)
    conversion = pa.csv.ConvertOptions(null_values=NULLS, strings_can_be_null=True)
    try:
        return pa.csv.read_csv(io.BytesIO(content), convert_options=conversion)
    except pa.ArrowException as error:
        raise OperationError(f"{file} is not a CSV table: {_first_line(error)}. Mend it or bring it again.") from error


def _check_encoding(file: Path, content: bytes) -> None:
    """Refuse anything but UTF-8: Arrow would quietly read such a column as bytes."""
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
    """Give the same types whatever the file format; a timestamp without a zone is taken as UTC."""
    fields = [pa.field(field.name, _normal_type(field.type)) for field in table.schema]
    # safe=False lets nanoseconds become microseconds.
    return table.cast(pa.schema(fields), safe=False).combine_chunks()


def _normal_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _normal_type(kind.value_type)
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    return pa.string() if pa.types.is_large_string(kind) else kind


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
