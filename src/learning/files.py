"""Reading and writing files, so that a bad one is one clear error and an output is there whole or not at all."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learning.errors import InputError

if TYPE_CHECKING:  # preparing needs no NumPy, whose import would be a fifth of its time
    import numpy as np
    from numpy.typing import NDArray

PARTIAL = ".partial"
HASHES = "sha256.json"  # the SHA-256 of every other file in its folder, so that damage is seen and not computed with


@contextmanager
def complete_folder(output: Path) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well, its files move into `output` and replace those of their name.

    With them goes HASHES, by which whoever reads them later finds out whether they are what was written.
    When the block raises, `output` is as it was. The empty folder lies in `output` and not beside it, because a
    remote job's output folder may be a mount, which cannot be renamed and shares no disk with its neighbours.
    """
    existed = output.exists()
    partial = output / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)  # what a killed run left
    partial.mkdir(parents=True)
    try:
        yield partial
        write_json(partial / HASHES, {path.name: sha256(path) for path in sorted(partial.iterdir()) if path.is_file()})
        for path in sorted(partial.iterdir()):
            path.replace(output / path.name)
    finally:
        shutil.rmtree(partial)
        if not existed and not any(output.iterdir()):
            output.rmdir()


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def require_undamaged(folder: Path, names: Sequence[str]) -> None:
    """Raise InputError, which names the file, unless the folder's files have the hashes that HASHES says.

    A folder without HASHES passes: a model of other origin, or of before there were hashes, has none.
    """
    if not (folder / HASHES).is_file():
        return
    hashes = read_json(folder / HASHES)
    for name in names:
        expected = hashes.get(name) if isinstance(hashes, Mapping) else None
        if sha256(existing(folder / name)) != expected:
            raise InputError(
                f"{folder / name} is damaged: its SHA-256 is not the one in {HASHES}; fetch or train the model again"
            )


@contextmanager
def complete_file(output: Path) -> Iterator[Path]:
    """Yield a path beside `output`; when the block ends well, the file written there becomes `output`."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + PARTIAL)
    try:
        yield partial
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write `value` the same way every time; NaN and infinity, which JSON lacks, raise ValueError."""
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raises InputError when it is missing or not JSON."""
    try:
        return json.loads(existing(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error


def read_columns(path: Path, names: Sequence[str]) -> "dict[str, NDArray[Any]]":
    """Read columns of a parquet file as arrays of shape (rows,); null numbers are NaN, null strings are None.

    Raises InputError when the file is missing, unreadable or lacks a column.
    """
    return dict(each_column(path, names))


def count_rows(path: Path) -> int:
    """Count the rows of a parquet file; raises InputError as `read_columns`."""
    import pyarrow.parquet
    from pyarrow import ArrowException

    try:
        return int(pyarrow.parquet.read_metadata(existing(path)).num_rows)
    except ArrowException as error:
        raise InputError(f"{path} cannot be read as parquet: {first_line(error)}") from error


def each_column(path: Path, names: Sequence[str]) -> "Iterator[tuple[str, NDArray[Any]]]":
    """Yield what `read_columns` returns, by name, one after the other: so a table is never there as a whole, nor twice.

    Raises InputError as `read_columns`.
    """
    import pyarrow.parquet
    from pyarrow import ArrowException

    try:
        with pyarrow.parquet.ParquetFile(existing(path)) as file:
            require_columns(path, file.schema_arrow.names, names)
            for name in names:
                yield name, _as_array(file.read(columns=[name])[name])
    except ArrowException as error:
        raise InputError(f"{path} cannot be read as parquet: {first_line(error)}") from error
    pyarrow.default_memory_pool().release_unused()


def as_arrays(table: Any) -> "dict[str, NDArray[Any]]":
    """Turn a pyarrow Table into arrays of shape (rows,); null numbers are NaN, null strings are None."""
    return {name: _as_array(table[name]) for name in table.schema.names}


def _as_array(column: Any) -> "NDArray[Any]":
    """Turn a pyarrow ChunkedArray into an array. Equal strings are one object: a million would take 60 MB."""
    from pyarrow import types

    if types.is_dictionary(column.type):  # whose nulls would become its last value
        column = column.cast(column.type.value_type)
    kind = column.type
    if types.is_string(kind) or types.is_large_string(kind) or (types.is_boolean(kind) and column.null_count):
        return _as_objects(column)
    if types.is_integer(kind) or types.is_floating(kind):
        return _as_numbers(column)
    if types.is_boolean(kind):
        return _as_numbers(column.cast("uint8")).view("bool")
    if types.is_date32(kind) and not column.null_count:
        return _as_numbers(column.cast("int32")).astype("datetime64[D]")
    # Last, as it imports pandas where there is one, which takes a quarter of a second.
    array: NDArray[Any] = column.to_numpy(zero_copy_only=False).copy()  # so that Arrow gives its memory back
    return array


def _as_objects(column: Any) -> "NDArray[Any]":
    import numpy as np

    encoded = column.dictionary_encode(null_encoding="encode").combine_chunks()
    array: NDArray[Any] = np.array(encoded.dictionary.to_pylist(), dtype=object)[np.from_dlpack(encoded.indices)]
    return array


def _as_numbers(column: Any) -> "NDArray[Any]":
    import numpy as np

    values, valid = split_nulls(column.combine_chunks())
    return values.copy() if valid is None else np.where(valid, values, np.nan)  # so that Arrow gives its memory back


def split_nulls(numbers: Any) -> "tuple[NDArray[Any], NDArray[np.bool_] | None]":
    """Return the values of a pyarrow Array, anything where there is none, and which are valid; None if all are."""
    import numpy as np
    import pyarrow as pa

    whole = pa.Array.from_buffers(numbers.type, len(numbers), [None, numbers.buffers()[1]], offset=numbers.offset)
    valid = np.from_dlpack(numbers.is_valid().cast(pa.uint8())).view(np.bool_) if numbers.null_count else None
    return np.from_dlpack(whole), valid


def require_columns(path: Path, present: Sequence[str], needed: Sequence[str]) -> None:
    """Raise InputError that names the `needed` columns which the file at `path` lacks."""
    missing = [name for name in needed if name not in present]
    if missing:
        raise InputError(f"{path} lacks the column {', '.join(missing)}; it has {', '.join(present)}")


def existing(path: Path) -> Path:
    """Return `path` itself; raises InputError when there is no such file."""
    if not path.is_file():
        raise InputError(f"{path} does not exist: check the path, or run the step that writes it")
    return path


def first_line(error: Exception) -> str:
    """Return the first line of a library's message."""
    return str(error).partition("\n")[0]
