"""Fetch the raw tables into a folder as a snapshot: parquet files under one content hash, and a manifest."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from operation.errors import OperationError
from operation.execution.configuration.sections import KnownDefect
from operation.execution.json_files import hash_file
from operation.execution.tables.sources import find_files, find_source, wanted_types

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.json"
READING = 4  # what reading makes of a file; another number brings unchanged data again


@dataclass(frozen=True)
class TableFile:
    """One parquet file of a snapshot; `bytes` is its size."""

    name: str
    rows: int
    columns: tuple[str, ...]
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Snapshot:
    """The raw data of a run; `sha256` covers every table, `fresh` says whether this call wrote them."""

    folder: Path
    sha256: str
    tables: tuple[TableFile, ...]
    corrected: tuple[KnownDefect, ...]
    fresh: bool


def bring(
    source: str,
    tables: Sequence[str],
    defects: Sequence[KnownDefect],
    folder: Path,
    use_case: str,
    force: bool = False,
    may_be_empty: bool = False,
) -> Snapshot:
    """Write `tables` of `source` into `folder` with the known defects corrected, unless they are there unchanged.

    Types that the files leave open are those of the suites of the use case. The folder is swapped in whole: an
    interrupted call leaves the former snapshot or none, never a part of one. Tables without a row are refused, unless
    they `may_be_empty`.

    Raises:
        OperationError: the source or the folder cannot be used.
    """
    try:
        _check_folder(source, folder)
        request = {
            "source": source,
            "source_sha256": _hash_source(source, tables),
            "reading": READING,
            "types": {table: wanted_types(table, use_case) for table in tables},
            "known_defects": [defect.model_dump(mode="json") for defect in defects],
        }
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock"):  # two commands may want the same snapshot at once
            present = None if force else _read_snapshot(folder, tables, request)
            return present or _write_snapshot(source, tables, defects, folder, use_case, request, may_be_empty)
    except OSError as error:
        raise OperationError(
            f"Cannot write the data into {folder}: {error}. Fix it, or choose another folder."
        ) from error


def require_columns(snapshot: Snapshot, needed: Mapping[str, Sequence[str]], source: str, verb: str) -> None:
    """Raise OperationError, which names the source and not a copy of it, unless its tables have all that is needed."""
    for table in snapshot.tables:
        missing = [name for name in needed[table.name] if name not in table.columns]
        if missing:
            columns = f"column{'s' * (len(missing) > 1)} {', '.join(missing)}"
            raise OperationError(
                f"The table {table.name} of {source} lacks the {columns}, which {verb} needs; it has "
                f"{', '.join(table.columns)}."
            )


def _check_folder(source: str, folder: Path) -> None:
    if find_source(source).resolve() == folder.resolve():
        raise OperationError(f"The data source {source!r} is the folder the snapshot goes to. Choose another source.")
    if folder.exists() and not folder.is_dir():
        raise OperationError(f"Cannot write the data to {folder}: it is a file. Choose another folder.")
    # Swapping the folder deletes what it holds, so it must be a snapshot.
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise OperationError(f"{folder} holds files that are not a snapshot. Empty it, or choose another folder.")


def _hash_source(source: str, tables: Sequence[str]) -> str:
    return _hash_pairs((table, _hash_files(source, table)) for table in tables)


def _hash_files(source: str, table: str) -> str:
    """Hash the files of a table; their names count where they say which part of it a file is."""
    files, folder = find_files(source, table), find_source(source)
    if len(files) == 1 and files[0].parent == folder:
        return hash_file(files[0])
    return _hash_pairs((file.relative_to(folder).as_posix(), hash_file(file)) for file in files)


def _hash_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest()


def _read_snapshot(folder: Path, tables: Sequence[str], request: Mapping[str, Any]) -> Snapshot | None:
    """Return the snapshot in `folder`; None if it is not, or no longer, what `request` asks for."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        snapshot = _parse_manifest(folder, manifest)
        unchanged = all(hash_file(folder / f"{table.name}.parquet") == table.sha256 for table in snapshot.tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # missing or damaged: to be written again
        return None
    asked = all(manifest.get(key) == value for key, value in request.items())
    same_tables = [table.name for table in snapshot.tables] == list(tables)
    return snapshot if unchanged and asked and same_tables else None


def _parse_manifest(folder: Path, manifest: Mapping[str, Any]) -> Snapshot:
    tables = tuple(
        TableFile(name=name, **{**table, "columns": tuple(table["columns"])})
        for name, table in manifest["tables"].items()
    )
    corrected = tuple(KnownDefect.model_validate(defect) for defect in manifest["corrected"])
    return Snapshot(folder, manifest["sha256"], tables, corrected, fresh=False)


def _write_snapshot(
    source: str,
    tables: Sequence[str],
    defects: Sequence[KnownDefect],
    folder: Path,
    use_case: str,
    request: Mapping[str, Any],
    may_be_empty: bool,
) -> Snapshot:
    # They bring pyarrow, which an unchanged snapshot does without.
    from operation.execution.tables.known_defects import correct
    from operation.execution.tables.large_tables import is_large, write_large
    from operation.execution.tables.reading import read_table

    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a run that was killed
    partial.mkdir()
    try:
        files: list[TableFile] = []
        corrected: list[KnownDefect] = []
        for name in tables:
            if is_large(source, name):
                found = write_large(source, name, use_case, defects, partial / f"{name}.parquet")
                files.append(_describe_file(partial / f"{name}.parquet"))
            else:
                table, found = correct(read_table(source, name, use_case, may_be_empty), name, defects)
                files.append(write_table(table, name, partial))
            corrected.extend(found)
        release_memory()
        if _hash_source(source, tables) != request["source_sha256"]:
            raise OperationError(f"The files of {source} have changed while they were read. Wait, then run again.")
        sha256 = _hash_pairs((file.name, file.sha256) for file in files)
        snapshot = Snapshot(folder, sha256, tuple(files), tuple(corrected), fresh=True)
        manifest = json.dumps({**request, **_describe(snapshot)}, indent=2)
        (partial / MANIFEST).write_text(manifest + "\n", encoding="utf-8")
        _swap(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return snapshot


def release_memory() -> None:
    """Give back what Arrow keeps of tables that are gone, for the scripts that run next: a gigabyte of large ones."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()


def write_table(table: "pa.Table", name: str, folder: Path) -> TableFile:
    """Write one table as a parquet file whose bytes depend on its content alone."""
    import pyarrow.parquet

    file = folder / f"{name}.parquet"
    # Without the source's own metadata, equal tables give equal bytes.
    pyarrow.parquet.write_table(table.replace_schema_metadata(None), file, compression="zstd")
    return _describe_file(file)


def _describe_file(file: Path) -> TableFile:
    import pyarrow.parquet

    schema = pyarrow.parquet.read_metadata(file)
    columns = tuple(schema.schema.to_arrow_schema().names)
    return TableFile(file.stem, schema.num_rows, columns, hash_file(file), file.stat().st_size)


def _describe(snapshot: Snapshot) -> dict[str, Any]:
    tables = {table.name: asdict(table) for table in snapshot.tables}
    for table in tables.values():
        del table["name"]
    corrected = [defect.model_dump(mode="json") for defect in snapshot.corrected]
    return {"sha256": snapshot.sha256, "tables": tables, "corrected": corrected}


def _swap(partial: Path, folder: Path) -> None:
    """Put `partial` in the place of `folder`: two renames, so that no moment shows a folder half written."""
    former = folder.with_name(f".{folder.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if folder.exists():
        folder.rename(former)
    partial.rename(folder)
    shutil.rmtree(former, ignore_errors=True)
