"""Tell what people have given to be scored: raw tables, as training takes them, or rows that are prepared already."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.execution.scoring.csv_rows import OPENERS, columns_of, convert, data_files, find_csv
from operation.execution.tables.sources import SUFFIXES, find_files, is_in_datastore


@dataclass(frozen=True)
class Given:
    """Either `source`, a data source with every raw table, or `prepared`, a parquet file or a folder of such."""

    source: str = ""
    prepared: Path | None = None


def recognize(data: str, needed: Mapping[str, Sequence[str]], features: Mapping[str, str], folder: Path) -> Given:
    """Find out what `data` is: a path, or a folder in a workspace; raw tables if they are all there.

    `needed` has the columns of each raw table, and `features` the kinds of the columns of prepared rows. Into
    `folder` a single file of a use case with one table is linked under the table's name, and prepared CSV is converted.

    Raises:
        OperationError: it is neither; the message says what either would be.
    """
    path = Path(data)
    if is_in_datastore(data):
        return Given(data)
    if not path.exists():
        raise OperationError(f"--data {data}: there is no such file or folder.")
    if path.is_dir() and any(_has_table(data, table) for table in needed):
        return Given(data)  # what reads the tables names one that is missing
    columns = _first_columns(path)
    if path.is_file() and len(needed) == 1 and path.name.endswith(SUFFIXES):
        (table,) = needed
        if not columns or {*needed[table]} <= {*columns}:
            return Given(str(_link(path, table, folder)))
    if columns and {*features} <= {*columns}:
        files, texts = _parquet(path), find_csv(path)
        if files and texts:
            raise OperationError(
                f"--data {data} has rows as parquet ({files[0].name}) and as CSV ({texts[0].name}). Score each kind on "
                "its own: if they are the same rows, they would be scored twice."
            )
        _require_once(texts, data)
        return Given(prepared=path if files else convert(texts, features, folder))
    raise OperationError(
        f"--data {data} must be a folder with the raw tables {', '.join(needed)}, or prepared rows as parquet or CSV, "
        f"and {_say_lacking(path, columns, features)}."
    )


def _say_lacking(path: Path, columns: Sequence[str], features: Mapping[str, str]) -> str:
    """Say why there are no prepared rows at the path, whose first file has these columns; none if it has no header."""
    if columns:
        return f"it lacks the column {next(name for name in features if name not in columns)} of such rows"
    if files := [*_parquet(path), *find_csv(path)]:
        return f"no column can be read in {files[0].name}: it is damaged or empty"
    return "it has no file of such rows"


def _require_once(files: Sequence[Path], data: str) -> None:
    """Raise OperationError for two CSV files that differ in their compression alone: they have the same rows."""
    seen: dict[Path, Path] = {}
    for file in files:
        name = next(file.name.removesuffix(ending) for ending in OPENERS if file.name.endswith(ending))
        other = seen.setdefault(file.with_name(name), file)
        if other is not file:
            raise OperationError(
                f"--data {data} has {other.name} and {file.name}, which would be scored twice. Keep one of them."
            )


def _has_table(source: str, table: str) -> bool:
    try:
        return bool(find_files(source, table))
    except OperationError:
        return False


def _parquet(path: Path) -> list[Path]:
    """List the parquet files in and below a folder, or the file itself."""
    return [file for file in data_files(path) if file.suffix == ".parquet"]


def _first_columns(path: Path) -> list[str]:
    """Return the columns of the first file, of parquet or else CSV; none without one, or if it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet

    files, texts = _parquet(path), find_csv(path)
    try:
        if files:
            return list(pa.parquet.read_schema(files[0]).names)
        return columns_of(texts[0]) if texts else []
    except (pa.ArrowException, OSError):
        return []


def _link(file: Path, table: str, folder: Path) -> Path:
    """Put the file into the folder as the table's, whatever its own name."""
    suffix = max((each for each in SUFFIXES if file.name.endswith(each)), key=len)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        (folder / f"{table}{suffix}").symlink_to(file.resolve())
    except OSError:  # Windows lets few people make links
        shutil.copyfile(file, folder / f"{table}{suffix}")
    return folder
