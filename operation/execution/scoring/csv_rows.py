"""Prepared rows as CSV: they become parquet, which is what the scorer reads, a file for each."""

import bz2
import csv
import gzip
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError, shorten

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv

# The compressions that pyarrow reads as a stream.
OPENERS: Mapping[str, Callable[..., Any]] = {".csv": open, ".csv.gz": gzip.open, ".csv.bz2": bz2.open}
CATEGORY, NUMBER = "category", "number"  # kinds of a feature
OF_COLUMN = re.compile(r"In CSV column #(\d+): ")  # how Arrow names a column: counted from 0
OPEN_QUOTE = "it seems to have a quote that is never closed"
BLOCK = 1 << 20  # bytes


def find_csv(path: Path) -> list[Path]:
    """List the CSV files in and below a folder, or the file itself."""
    return [file for file in data_files(path) if file.name.endswith(tuple(OPENERS))]


def data_files(path: Path) -> list[Path]:
    """List the files in and below a folder, or the file itself, as src/batch_score.py does.

    Names that begin with "." or "_" are those of Spark and of notebooks: copies and logs, not data.
    """
    if not path.is_dir():
        return [path]
    found = (file for file in sorted(path.rglob("*")) if file.is_file())
    return [file for file in found if not any(part.startswith((".", "_")) for part in file.relative_to(path).parts)]


def columns_of(file: Path) -> list[str]:
    """Return the columns that the first line names; none of a file that cannot be read."""
    opened = _opener(file)
    with suppress(OSError, EOFError, csv.Error), opened(file, "rt", encoding="utf-8-sig", errors="replace") as lines:
        return next(csv.reader(lines), [])
    return []


def _opener(file: Path) -> Callable[..., Any]:
    return next(opener for ending, opener in OPENERS.items() if file.name.endswith(ending))


def convert(files: Sequence[Path], kinds: Mapping[str, str], folder: Path) -> Path:
    """Write the rows of each file as parquet into a new `folder`, a block at a time; return the folder.

    Categories stay the texts that they are, "03" too; an empty field is unknown. Other columns get the type that
    its first values have.

    Raises:
        OperationError: a field is not what its column holds; the message names it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        place = folder / f"{number:05d}-{file.name}.parquet"  # by which an error or a rejected row names the file
        spans_lines = False
        # Microseconds, as src/prepare.py writes them: Spark knows no smaller unit.
        with _opened(file, kinds) as rows, pq.ParquetWriter(place, rows.schema, coerce_timestamps="us") as writer:
            try:
                for block in rows:
                    writer.write_batch(block)
                    spans_lines = spans_lines or any(map(_spans_lines, block.columns))
            except pa.ArrowException as error:
                raise _refusal(file, error) from error
        if spans_lines and _count_quotes(file) % 2:  # one text was made of all that is behind the last one
            raise _refuse(file, OPEN_QUOTE)
    return folder


def _spans_lines(values: "pa.Array") -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pa.types.is_string(values.type) and pc.any(pc.match_substring(values, "\n")).as_py())


def _count_quotes(file: Path) -> int:
    with _opener(file)(file, "rb") as content:
        return sum(block.count(b'"') for block in iter(lambda: content.read(BLOCK), b""))


def _opened(file: Path, kinds: Mapping[str, str]) -> "pyarrow.csv.CSVStreamingReader":
    import pyarrow as pa
    import pyarrow.csv

    types = {CATEGORY: pa.string(), NUMBER: pa.float64()}
    options = pa.csv.ConvertOptions(
        column_types={name: types[kind] for name, kind in kinds.items() if kind in types}, strings_can_be_null=True
    )
    parsing = pa.csv.ParseOptions(newlines_in_values=True)  # else Arrow drops what is behind an open quote
    try:
        return pa.csv.open_csv(file, parse_options=parsing, convert_options=options)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _refusal(file, error) from error


def _refusal(file: Path, error: Exception) -> OperationError:
    said = str(error)
    if "straddl" in said:  # a value that ends in no block
        return _refuse(file, OPEN_QUOTE)
    if found := OF_COLUMN.match(said):
        said = f"in the column {columns_of(file)[int(found[1])]}: {said[found.end() :]}"
    return _refuse(file, shorten(said))


def _refuse(file: Path, reason: str) -> OperationError:
    return OperationError(f"{file} cannot be read as prepared rows: {reason}. Fix the file.")
