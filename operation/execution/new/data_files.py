"""Find the tables that `--data` names, and read them within a bounded memory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.new.naming import nearest
from operation.execution.new.profile import quoted
from operation.execution.tables.sources import DATED, NUMBERED, SUFFIXES, find_files, find_source

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PART = re.compile(r"(part|data|file|chunk)?[-_.]?\d[\w.-]*")  # how engines name the files of one table: part-00000
RESERVED = ("features", "prepared", "train", "test")
WHOLE_BYTES = 200_000_000  # of unpacked files; a larger table is sampled, so that any size takes the same memory
WHOLE_ROWS = 2_000_000
SAMPLE = 200_000  # rows
BLOCK = 1_000_000  # bytes
SAMPLED = (".gz", ".zst")  # packings that DuckDB reads
READERS = {  # of pandas, which is installed
    ".tsv": "read_csv({!r}, sep='\\t')",
    ".tab": "read_csv({!r}, sep='\\t')",
    ".json": "read_json({!r})",
    ".jsonl": "read_json({!r}, lines=True)",
    ".ndjson": "read_json({!r}, lines=True)",
    ".feather": "read_feather({!r})",
}
MEMORY = "1000MB"  # for DuckDB while it samples


@dataclass(frozen=True)
class Found:
    """The tables of a source by name, each with its files in order; `source` is for `data.source`."""

    source: str
    files: dict[str, list[Path]]


@dataclass(frozen=True)
class Content:
    """What was read of a table: all of its `total` rows, or a sample of them."""

    rows: "pa.Table"
    total: int

    @property
    def sampled(self) -> bool:
        """Whether these are not all rows of the table."""
        return int(self.rows.num_rows) < self.total


def find(data: str) -> Found:
    """Find the tables in a file, a folder, or an installed package with data.

    Raises:
        OperationError: there is nothing, or a name that SQL and files cannot have alike.
    """
    path = Path(data)
    if not data:
        raise OperationError("Name the data: --data customers.csv, or a folder of CSV and parquet files.")
    if path.is_file():
        return _find_file(path)
    if not path.is_dir() and (path.suffix or not _is_package(data)):
        here = sorted(each.name for each in path.parent.glob("*") if each.name.endswith(SUFFIXES))
        raise OperationError(f"There is no file or folder {data}. {nearest(path.name, here) if here else ''}".rstrip())
    if path.is_dir() and _is_table(path):
        return _find_folder(path)
    folder = find_source(data)
    names = _table_names(folder)
    if not names:
        raise OperationError(f"{folder} has no CSV or parquet file. It must hold one file or folder for each table.")
    return Found(_portable(path) if path.is_dir() else data, {name: find_files(str(folder), name) for name in names})


def _is_package(name: str) -> bool:
    """Whether it is the name of an installed package."""
    return name.isidentifier() and find_spec(name) is not None


def _find_file(path: Path) -> Found:
    suffix = next((each for each in sorted(SUFFIXES, key=len, reverse=True) if path.name.endswith(each)), "")
    if not suffix:
        raise OperationError(f"{path} must be one of {', '.join(SUFFIXES)}. {_way_out(path)}.")
    folder, table = path.resolve().parent, _checked(path.name.removesuffix(suffix), path)
    return Found(_portable(folder), {table: find_files(str(folder), table)})


def _is_table(folder: Path) -> bool:
    """Whether the folder is one table, as Spark and warehouses write it: all that it holds are numbered parts."""
    found = [each.relative_to(folder) for each in folder.rglob("*") if each.name.endswith(SUFFIXES) and each.is_file()]
    parts = [each for each in found if not any(name.startswith((".", "_")) for name in each.parts)]
    dated = all(re.fullmatch(DATED, name) for each in parts for name in each.parts[:-1])
    return bool(parts) and dated and all(PART.fullmatch(_stem(each.name)) for each in parts)


def _find_folder(path: Path) -> Found:
    """Find the one table that the folder is; its source is the folder around it."""
    whole = path.resolve()
    table = _checked(_stem(whole.name), whole)
    return Found(_portable(whole.parent), {table: find_files(str(whole.parent), table)})


def _stem(name: str) -> str:
    return next(
        (name.removesuffix(each) for each in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(each)), name
    )


def _way_out(path: Path) -> str:
    """Say how a file of another kind becomes one of ours."""
    ending, plain = path.suffix.lower(), path.with_suffix(".csv")
    if path.name.lower().endswith(SUFFIXES):
        return f"Rename it to {path.stem}{ending}"
    if ending in (".zip", ".gz", ".bz2", ".zst"):
        return f"Rename it to {path.stem}.csv{ending} if it holds a CSV file"
    if ending == ".txt":
        return f"Rename it to {plain.name} if its columns are separated by commas"
    if ending in READERS:
        command = f"p.{READERS[ending].format(str(path))}.to_csv({str(plain)!r}, index=False)"
        return f'Write it as CSV, for example with: python -c "import pandas as p; {command}"'
    return "Save it as CSV or parquet" + (": in Excel, CSV UTF-8 with commas" if ending.startswith(".xls") else "")


def _table_names(folder: Path) -> list[str]:
    """List the tables of a folder: files without a suffix and without the number of a part, and folders of files."""
    endings = "|".join(re.escape(suffix) for suffix in SUFFIXES)
    names: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir() and not any(file.name.endswith(SUFFIXES) for file in path.rglob("*")):
            continue
        if path.is_dir() and re.fullmatch(DATED, path.name):  # one delivery of every table
            names |= {_checked(_stem(each.name), each): each for each in sorted(path.rglob("*")) if each.is_file()}
            continue
        if path.is_file() and not path.name.endswith(SUFFIXES):
            continue
        name = re.sub(f"({endings})$", "", path.name)
        part = re.fullmatch(f"(.+?){NUMBERED}", name)
        if path.is_file() and part and not folder.joinpath(part[1]).exists() and _several(folder, part[1]):
            name = part[1]
        names.setdefault(_checked(name, path), path)
    return list(names)


def _several(folder: Path, table: str) -> bool:
    endings = "|".join(re.escape(suffix) for suffix in SUFFIXES)
    pattern = f"{re.escape(table)}{NUMBERED}({endings})"
    return sum(re.fullmatch(pattern, path.name) is not None for path in folder.iterdir()) > 1


def _checked(name: str, path: Path) -> str:
    if not NAME.fullmatch(name):
        better = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "rows"
        better = better if NAME.fullmatch(better) else f"table_{better}"
        suffix = "" if path.is_dir() else path.name.removeprefix(name)
        raise OperationError(
            f"{path.name} must be named by letters, digits and _ alone, since the table is named after it. "
            f"Rename it, for instance to {better}{suffix}."
        )
    if name in RESERVED:
        better = f"{name}_rows{path.name.removeprefix(name)}"
        raise OperationError(
            f"{path.name} has the name of a file that preparation writes. Rename it, for instance to {better}, or move "
            "it elsewhere if it is not to be learned from."
        )
    return name


def _portable(folder: Path) -> str:
    """Write the folder as the configuration should have it: relative if it lies in the repository."""
    whole = folder.resolve()
    return whole.relative_to(ROOT).as_posix() if whole.is_relative_to(ROOT) and Path.cwd() == ROOT else str(whole)


def read(source: str, table: str, files: Sequence[Path]) -> Content:
    """Read a table as the chain does, or a sample of it if it is large.

    Raises:
        OperationError: as `reading.read_table`.
    """
    from operation.execution.tables.reading import read_table

    if sum(map(_bytes, files)) <= WHOLE_BYTES and _rows(files) <= WHOLE_ROWS:
        rows = read_table(source, table, "")  # which has no suites yet
        return Content(rows, rows.num_rows)
    return _sample(files)


def _bytes(file: Path) -> int:
    """Return how large the file is once unpacked; of a packed CSV no more is counted than decides.

    Raises:
        OperationError: the file is too large to be read whole, and packed so that it cannot be sampled.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from operation.execution.tables.reading import DAMAGED, open_csv

    try:
        if file.suffix == ".parquet":
            metadata = pq.read_metadata(file)
            return sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        if file.suffix == ".csv":
            return file.stat().st_size
        with open_csv(file) as stream:
            size = 0
            while size <= WHOLE_BYTES and (block := len(stream.read(BLOCK))):
                size += block
    except (*DAMAGED, OSError, pa.ArrowException, OperationError):
        return file.stat().st_size  # read_table has the words for it
    if size > WHOLE_BYTES and file.suffix not in SAMPLED:
        limit = f"{WHOLE_BYTES // 10**6:,} MB"
        raise OperationError(f"{file} unpacks to more than {limit}. Unpack it, or write it as parquet.")
    return size


def _rows(files: Sequence[Path]) -> int:
    """Count the rows that parquet files name without reading them; 0 for other files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return sum(pq.read_metadata(file).num_rows for file in files if file.suffix == ".parquet")
    except (pa.ArrowException, OSError):
        return 0  # read_table has the words for it


def scan(connection: "DuckDBPyConnection", files: Sequence[Path]) -> "DuckDBPyRelation":
    """Return all rows of the files, which are read whenever they are asked for and never held."""
    from operation.execution.tables.reading import NULLS

    parquet = files[0].suffix == ".parquet"
    options: dict[str, Any] = {} if parquet else {"na_values": NULLS, "sample_size": 200_000}
    read: Any = connection.read_parquet if parquet else connection.read_csv  # whose stub lacks lists of files
    names = [str(file) for file in files]
    rows: DuckDBPyRelation = read(names, **options)
    answers = [] if parquet else _answers(rows, read(names, **options, all_varchar=True))
    return read(names, **options, dtype=dict.fromkeys(answers, "VARCHAR")) if answers else rows


def _answers(rows: "DuckDBPyRelation", as_text: "DuckDBPyRelation") -> list[str]:
    """Return the columns that DuckDB takes as boolean and the chain, which reads by Arrow, as text: yes and no."""
    found = []
    for name, kind in zip(rows.columns, rows.types, strict=True):
        if str(kind) == "BOOLEAN":
            filled = as_text.filter(f"{quoted(name)} IS NOT NULL").project(f"lower({quoted(name)})").limit(1)
            found += [name] * (filled.fetchall() not in ([("true",)], [("false",)]))
    return found


def _sample(files: Sequence[Path]) -> Content:
    """Draw SAMPLE rows evenly, the same ones each time; everything is read once, and little is kept."""
    import duckdb

    from operation.execution.tables.column_types import unify

    try:
        # One thread: else the sample is another each time.
        with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as connection:
            scan(connection, files).create_view("whole")
            total = connection.execute("SELECT count(*) FROM whole").fetchall()[0][0]
            drawn = f"SELECT * FROM whole USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)"
            return Content(unify(connection.sql(drawn).to_arrow_table()), total)
    except duckdb.Error as error:
        raise OperationError(
            f"{files[0]} cannot be read: {str(error).splitlines()[0]}. Fix it, or write it as parquet."
        ) from error
