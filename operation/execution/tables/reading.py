"""Read raw tables from parquet and CSV files, so that the same table is the same whatever its files."""

import bz2
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from operation.console import counted
from operation.errors import OperationError, shorten
from operation.execution.tables.column_types import EXACT, Wanted, fit, unify
from operation.execution.tables.csv_checks import check_open_quote, check_text, check_title
from operation.execution.tables.sources import find_files, find_source, wanted_types

NULLS = ["", " ", "NA", "N/A", "#N/A", "<NA>", "NULL", "null", "NaN", "nan", "None", "\\N"]
NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"  # how Hive and Spark write null in the name of a folder
LFS_POINTER = b"version https://git-lfs.github.com"
LONG_NUMBER = r"^\s*[+-]?\d{16,}\s*$"
NUMBER = r"^\s*[+-]?(\d+[.]?\d*|[.]\d+)([eE][+-]?\d+)?\s*$|^\s*[+-]?(?i:inf|infinity)\s*$"
MOMENT = r"^\s*\d{4}-\d{2}-\d{2}([T ]\d{2}.*)?$"
LOOKS = {"int64": (NUMBER, "a number"), "float64": (NUMBER, "a number"), "Timestamp": (MOMENT, "a date")}
BLOCK = 2**31 - 1  # the most that Arrow parses at once
# Else Arrow drops, without a word, what stands between a quote that is never closed and the end of its block of 1 MB.
PARSING = pa.csv.ParseOptions(newlines_in_values=True)
UNPACK: dict[str, Callable[[Path], Any]] = {
    ".csv": partial(Path.open, mode="rb"),
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".zst": partial(pa.input_stream, compression="zstd"),
}
# RuntimeError: a zip archive with a password, or packed in a way that Python does not know.
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, RuntimeError)


def read_table(source: str, table: str, use_case: str, may_be_empty: bool = False) -> pa.Table:
    """Read one table of `source`, its types as `column_types` says; the types wanted are those of the table's suite.

    Raises OperationError for an unknown source; for a missing, empty, damaged or wrongly encoded file; for columns that
    have the same name or are nested; and for files that are not parts of one table.
    """
    files, wanted = find_files(source, table), wanted_types(table, use_case)
    parts = [(file, _read_part(file, find_source(source), wanted)) for file in files]
    content = join(parts, wanted)
    if not (content.num_rows or may_be_empty):
        raise OperationError(f"{files[0]} holds no rows. Restore it from its source.")
    return fit(content, wanted).combine_chunks()


def _read_part(file: Path, folder: Path, wanted: Wanted) -> pa.Table:
    require_file(file)
    if file.suffix == ".parquet":
        # ParquetFile reads this one file; read_table would look for a data set around it.
        with readable(file), pa.parquet.ParquetFile(file) as parquet:
            return finish(file, folder, parquet.read())
    with readable(file), open_csv(file) as stream:
        content = stream.read()
    return finish(file, folder, parse_csv(file, content, wanted))


def finish(file: Path, folder: Path, content: pa.Table) -> pa.Table:
    """Add the columns that the names of the file's folders hold (month=1/part-0.parquet); unify the types of all."""
    for name, value in _partitions(file.relative_to(folder)).items():
        content = _add_partition(file, content, name, value)
    _check_columns(file, content.schema)
    return unify(content)


def require_file(file: Path) -> None:
    """Raise OperationError for a file that holds nothing, or stands for another."""
    if not file.stat().st_size:
        raise OperationError(f"{file} is empty (0 bytes). Restore it from its source.")
    with file.open("rb") as stream:
        if stream.read(len(LFS_POINTER)) == LFS_POINTER:
            raise OperationError(f"{file} is a git-lfs pointer, not the file itself. Fetch it with: git lfs pull")


@contextmanager
def readable(file: Path) -> Iterator[None]:
    """Turn what reading a damaged file raises into OperationError."""
    try:
        yield
    except (pa.ArrowException, OSError, *DAMAGED) as error:
        what, where = f"{file} cannot be read", error
        if file.suffix == ".parquet":
            what, where = f"{file} is not a whole parquet file (truncated or damaged?)", _first_line(error)
        elif isinstance(error, DAMAGED):
            what = f"{file} is not a whole {'zip archive' if file.suffix == '.zip' else f'{file.suffix} file'}"
        raise OperationError(f"{what}: {where}. Restore it from its source.") from error


@contextmanager
def open_csv(file: Path) -> Iterator[IO[bytes]]:
    """Open a CSV file; one that is packed yields what it holds."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive, archive.open(_member(file, archive)) as member:
            yield member
    else:
        with UNPACK[file.suffix](file) as stream:
            yield stream


def _member(file: Path, archive: zipfile.ZipFile) -> str:
    members = [name for name in archive.namelist() if name.endswith(".csv") and not name.startswith("__")]
    if len(members) != 1:
        raise OperationError(f"{file} must hold exactly one CSV file; it holds {', '.join(members) or 'none'}.")
    return members[0]


def parse_csv(file: Path, content: bytes, wanted: Wanted, first: int = 0) -> pa.Table:
    """Parse the text of a file, or of its rows from `first` on below its header.

    Raises OperationError for what is not a CSV table, or not one as everybody would read it.
    """
    check_text(file, content)
    try:
        table = _drop_row_numbers(_keep_long_numbers(content, _convert_csv(content, wanted), wanted), first)
        table = _drop_nothing(table)
    except pa.ArrowException as error:
        check_title(file, content)
        check_open_quote(file, content)
        raise OperationError(
            f"{file} is not a CSV table: {_first_line(error)}. Fix it, or restore it from its source."
        ) from error
    if content.count(b'"') % 2 and any(_spans_lines(values) for values in table.columns):
        check_open_quote(file, content)  # it makes one text of all that is behind it, and the table goes on as if whole
    _check_header(file, table, wanted)
    _check_values(file, table, wanted)
    return table


def _spans_lines(values: pa.ChunkedArray) -> bool:
    return pa.types.is_string(values.type) and bool(pc.any(pc.match_substring(values, "\n")).as_py())


def _convert_csv(content: bytes, wanted: Wanted) -> pa.Table:
    """Convert CSV; text stays text even where it looks like numbers.

    Arrow infers each type from the first megabyte. Where a later one does not fit, as the first fraction among whole
    numbers, all of the content decides; but not if that would make text of numbers, for then something else is there.
    """
    texts = {name: pa.string() for name, kind in wanted.items() if kind == "str"}
    conversion = pa.csv.ConvertOptions(null_values=NULLS, strings_can_be_null=True, column_types=texts)
    try:
        return pa.csv.read_csv(io.BytesIO(content), parse_options=PARSING, convert_options=conversion)
    except pa.ArrowException:
        options = pa.csv.ReadOptions(block_size=min(len(content) + 1, BLOCK))
        table = pa.csv.read_csv(io.BytesIO(content), options, PARSING, conversion)
        numbers = [name for name in table.column_names if wanted.get(name) in ("int64", "float64")]
        if any(pa.types.is_string(table[name].type) for name in numbers):
            raise
        return table


def _keep_long_numbers(content: bytes, table: pa.Table, wanted: Wanted) -> pa.Table:
    """Keep whole numbers as text that a float would round: as identifiers of 20 digits, they would become equal."""
    floats = [
        name
        for name, values in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_floating(values.type) and wanted.get(name) != "float64" and _is_beyond_exact(values)
    ]
    if not floats or len(set(table.column_names)) < table.num_columns:  # names that come twice are refused later
        return table
    conversion = pa.csv.ConvertOptions(
        null_values=NULLS, strings_can_be_null=True, column_types=dict.fromkeys(floats, pa.string())
    )
    whole = pa.csv.ReadOptions(block_size=min(len(content) + 1, BLOCK))  # so that each type is that of all rows
    texts = pa.csv.read_csv(io.BytesIO(content), whole, PARSING, conversion)
    for name in floats:
        if pc.any(pc.match_substring_regex(texts[name], LONG_NUMBER)).as_py():
            table = table.set_column(table.column_names.index(name), name, texts[name])
    return table


def _is_beyond_exact(values: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.and_(pc.is_finite(values), pc.greater_equal(pc.abs(values), float(EXACT)))).as_py())


def _check_header(file: Path, table: pa.Table, wanted: Wanted) -> None:
    """Refuse a file without a header, and a header that comes again, as where files were appended to one another."""
    known = {_plain(name) for name in wanted}
    if known and not known.intersection(map(_plain, table.column_names)):
        first, names = ",".join(table.column_names), ", ".join(list(wanted)[:3])
        raise OperationError(
            f"{file} has none of its columns in its first line: {first[:60]!r}. Give it a header ({names}, ...)."
        )
    name, values = (table.column_names[0], table[0]) if table.num_columns else ("", None)
    if values is not None and pa.types.is_string(values.type) and (row := pc.index(values, name).as_py()) >= 0:
        raise OperationError(f"{file} has its header again after {row:,} rows. Delete that line.")


def _check_values(file: Path, table: pa.Table, wanted: Wanted) -> None:
    """Refuse the few values for which a column of numbers or dates became one of texts, as "#DIV/0!"."""
    for name, values in _columns(table):
        if wanted.get(name) not in LOOKS or not pa.types.is_string(values.type):
            continue
        pattern, what = LOOKS[wanted[name]]
        wrong = pc.indices_nonzero(pc.invert(pc.fill_null(pc.match_substring_regex(values, pattern), True)))
        if 0 < len(wrong) < (len(values) - values.null_count) / 2:
            place = wrong[0].as_py()
            raise OperationError(
                f"{file} has {counted(len(wrong), 'value')} in the column {name!r} that cannot be {what}: "
                f"{shorten(repr(values[place].as_py()))} in row {place + 1:,} below the header. Correct each, "
                "or leave it empty."
            )


def _plain(name: str) -> str:
    return name.strip().casefold()


def _drop_row_numbers(table: pa.Table, rows: int) -> pa.Table:
    """Drop a first column that has no name and counts the rows, as R and pandas write it."""
    if table.num_columns < 2 or table.column_names[0] or not pa.types.is_integer(table[0].type) or not len(table):
        return table
    first = table[0][0].as_py()
    counts = first in (rows, rows + 1) and table[0].combine_chunks().equals(pa.array(range(first, first + len(table))))
    return table.remove_column(0) if counts else table


def _drop_nothing(table: pa.Table) -> pa.Table:
    """Drop columns without a name and without a value, of which spreadsheets leave the commas."""
    nothing = [not name.strip() and values.null_count == len(values) for name, values in _columns(table)]
    return table.select([place for place, drop in enumerate(nothing) if not drop]) if any(nothing) else table


def _columns(table: pa.Table) -> Iterable[tuple[str, pa.ChunkedArray]]:
    return zip(table.column_names, table.columns, strict=True)


def _partitions(path: Path) -> dict[str, str | None]:
    pairs = [part.split("=", 1) for part in path.parts[:-1] if "=" in part]
    return {unquote(name): None if value == NO_PARTITION else unquote(value) for name, value in pairs}


def _add_partition(file: Path, table: pa.Table, name: str, value: str | None) -> pa.Table:
    """Append a column that the name of a folder holds; raises OperationError if the file says otherwise."""
    whole = value is not None and re.fullmatch(r"-?\d{1,18}", value)
    scalar = pa.scalar(value, pa.string())
    column = pa.repeat(scalar.cast(pa.int64()) if whole else scalar, len(table))
    if name not in table.column_names:
        return table.append_column(name, column)
    said = unify(table.select([name]))[0]
    if pc.all(pc.equal(said, column.cast(said.type)), skip_nulls=False).as_py() or not len(table):
        return table
    raise OperationError(f"{file} has other values in its column {name!r} than its folder's name. Write it again.")


def _check_columns(file: Path, schema: pa.Schema) -> None:
    """Refuse columns that cannot be told apart, since names mean the same in SQL whatever their case, or are nested."""
    for folded, times in Counter(name.casefold() for name in schema.names).items():
        names = [name for name in schema.names if name.casefold() == folded]
        if times > 1 and len(set(names)) == 1:
            no_header = " If its first line is not a header, write one." if names[0].replace(".", "").isdigit() else ""
            raise OperationError(
                f"{file} has {times} columns named {names[0]!r}. Rename or drop all but one in the file.{no_header}"
            )
        if times > 1:
            shown = " and ".join(map(repr, names))
            raise OperationError(
                f"{file} has the columns {shown}: the same name but for case. Rename or drop one in the file."
            )
    stored = {name: getattr(kind, "storage_type", kind) for name, kind in zip(schema.names, schema.types, strict=True)}
    nested = [f"{name!r} ({kind})" for name, kind in stored.items() if pa.types.is_nested(kind)]
    if nested:
        raise OperationError(f"{file} has nested columns: {', '.join(nested)}. Flatten or drop them in the file.")


def join(parts: Sequence[tuple[Path, pa.Table]], wanted: Wanted) -> pa.Table:
    """Put the parts of a table below one another, with the first one's order of columns.

    A part may lack a column that nobody wants: it is null there, and validation warns of it as of any other.
    """
    (first, model), *others = parts
    for file, table in others:
        different = set(table.column_names) ^ set(model.column_names)
        if lost := different.intersection(wanted) if wanted else different:
            raise OperationError(
                f"{file} and {first} are not parts of one table: only one of them has the column {min(lost)!r}."
            )
    tables = [table for _, table in parts]
    try:
        # "permissive" because a part may have whole numbers, or nothing at all, where another has fractions.
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise OperationError(f"The files beside {first} are not parts of one table: {_first_line(error)}.") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
