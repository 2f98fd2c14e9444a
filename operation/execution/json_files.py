"""Read JSON files with one clear error, and write files whole or not at all."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from operation.errors import OperationError

DELETE = "Delete it and run again."
SEAL = "sha256"  # the key by which an object carries the hash of all its other content


def read_json(path: Path, remedy: str = DELETE) -> dict[str, Any]:
    """Read the object in the file; `remedy` says what to do if it is damaged (files that people write should be fixed).

    Raises:
        OperationError: the file is missing, cannot be read, or is not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors on Windows write a byte order mark
    except FileNotFoundError as error:
        raise OperationError(f"{path} is missing.{'' if remedy == DELETE else f' {remedy}'}".strip()) from error
    except OSError as error:  # a folder of that name, or a file that others alone may read
        raise OperationError(f"{path} cannot be read: {error.strerror}. {remedy}") from error
    except (ValueError, RecursionError) as error:  # nested a hundred thousand deep, JSON exhausts the stack
        raise OperationError(f"{path} is damaged: {error}. {remedy}") from error
    if not isinstance(value, dict):
        raise OperationError(f"{path} is damaged: it is not a JSON object. {remedy}")
    return value


def seal(value: Mapping[str, Any]) -> dict[str, Any]:
    """Add the hash of the object's content, by which `read_sealed` notices what was changed since."""
    return {**value, SEAL: _hash(value)}


def read_sealed(path: Path, remedy: str = DELETE) -> dict[str, Any]:
    """Read an object that was written with its seal, and return it without.

    Raises:
        OperationError: as `read_json`, or the content is not what was written.
    """
    value = read_json(path, remedy)
    if value.pop(SEAL, None) != _hash(value):
        raise OperationError(f"{path} is damaged: its content does not have the SHA-256 that it carries. {remedy}")
    return value


def _hash(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write the object, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: no reader ever sees half a file.

    It is in the same folder because a rename is atomic only within one file system, and its name is random because
    several processes may write the same file at once.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)  # there only if writing failed or was interrupted


def hash_file(file: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
