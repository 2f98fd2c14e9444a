"""The hashes that travel with files: in a `sha256.json` beside them, which a tag of a registered version signs.

A core script writes one into each folder that it puts out. A single flipped bit of a model changes its scores and
nothing else, so nobody would notice.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation.errors import OperationError
from operation.execution.json_files import hash_file, read_json, write_json
from operation.execution.values import Command, ModelVersion

HASHES = "sha256.json"
SIGNATURE = "files_sha256"  # the tag with the hash of a version's HASHES
MODEL = "model_sha256"  # the tag with the hash of the model itself, which tells equal models
MODEL_FILES = ("model.onnx", "features.json")
GOLDEN_ROWS = "golden_rows.json"  # test rows with their scores, by which a copy proves to be the model


def sign(folder: Path) -> dict[str, str]:
    """Write the hashes of all files in and below the folder beside them; return the tag that signs them."""
    (folder / HASHES).unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(folder / HASHES, {path.relative_to(folder).as_posix(): hash_file(path) for path in files})
    return {SIGNATURE: hash_file(folder / HASHES)}


def require_undamaged(folder: Path, remedy: str, needed: Sequence[str] = ()) -> Mapping[str, str]:
    """Return the hashes of the folder's files, by name; those that are `needed` must be among them.

    Raises:
        OperationError: a file is missing or is not what was written; the message names it.
    """
    hashes = read_json(folder / HASHES, remedy)
    for name, expected in {**dict.fromkeys(needed), **hashes}.items():
        file = folder / name
        if not file.is_file():
            raise OperationError(f"{file} is missing. {remedy}")
        if hash_file(file) != expected:
            raise OperationError(f"{file} is damaged: its SHA-256 is not the one in {HASHES}. {remedy}")
    return hashes


def require_signed(folder: Path, model: ModelVersion, command: Command) -> None:
    """Check the files that were fetched of a version; one that was registered without hashes passes.

    Raises:
        OperationError: a file is missing or is not what was registered; the message names it.
    """
    if SIGNATURE not in model.tags:
        return
    remedy = (
        f"Restore the files of {model.name} version {model.version}, or make another version the champion: "
        f"{command('promote --version N')}."
    )
    if not (folder / HASHES).is_file() or hash_file(folder / HASHES) != model.tags[SIGNATURE]:
        raise OperationError(f"{folder / HASHES} is damaged: its SHA-256 is not the one in the tags. {remedy}")
    require_undamaged(folder, remedy)


def hash_model(hashes: Mapping[str, str]) -> str:
    """Return the hash that equal models share: that of what scores with the model reads."""
    return hashlib.sha256("".join(hashes[name] for name in MODEL_FILES).encode()).hexdigest()
