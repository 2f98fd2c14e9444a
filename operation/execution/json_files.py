"""JSON files, read with one clear error and written whole or not at all."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from operation.errors import OperationError


def read_json(path: Path, remedy: str = "Delete it and run again.") -> dict[str, Any]:
    """The object that the file holds; `remedy` is what to do with a file that people write.

    Raises:
        OperationError: the file is missing or holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))  # some editors on Windows begin a file with a mark
    except FileNotFoundError as error:
        raise OperationError(f"{path} is missing.") from error
    except (ValueError, RecursionError) as error:
        raise OperationError(f"{path} is damaged: {error}. {remedy}") from error
    if not isinstance(value, dict):
        raise OperationError(f"{path} is damaged: it holds no object. {remedy}")
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write the object, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have `write` write to a file beside it, which then takes its name: nobody ever sees half of it.

    Each call has a file of its own, so that several writers at once do not meet.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def hash_file(file: Path) -> str:
    """The SHA-256 of a file's bytes in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
