"""JSON files, read with one clear error and written whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from operation.errors import OperationError


def read_json(path: Path) -> dict[str, Any]:
    """The object that the file holds.

    Raises:
        OperationError: the file is missing or holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OperationError(f"{path} is missing.") from error
    except ValueError as error:
        raise OperationError(f"{path} is damaged: {error}. Delete it and run again.") from error
    if not isinstance(value, dict):
        raise OperationError(f"{path} is damaged: it holds no object. Delete it and run again.")
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write to a file beside it, then take its name: a reader sees the old or the new, never half of one."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def hash_file(file: Path) -> str:
    """The SHA-256 of a file's bytes in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
