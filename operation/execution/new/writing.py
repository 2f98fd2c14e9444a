"""Put all files of a use case into the repository, or none: written beside it first, then moved."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation.errors import OperationError
from operation.execution.new.asked import Guess
from operation.execution.temporary import temporary_folder


def write(files: Mapping[str, str], root: Path, changed: Mapping[str, str] | None = None) -> None:
    """Write new files, by their paths in `root`, and the new texts of files that are there and are `changed`.

    Raises:
        OperationError: a new file is there already; then nothing is written.
    """
    changed = changed or {}
    taken = [path for path in files if (root / path).exists()]
    if taken:
        raise OperationError(f"{taken[0]} is there already. Delete it, or choose another name.")
    outputs = root / "outputs"  # which git ignores, if a kill leaves anything
    outputs.mkdir(exist_ok=True)
    moved: list[Path] = []
    before = {path: (root / path).read_bytes() for path in changed}
    try:
        with temporary_folder(outputs) as folder:
            for path, content in {**files, **changed}.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(content, encoding="utf-8", newline="\n")
            for path in changed:
                shutil.copymode(root / path, folder / path)
                (folder / path).replace(root / path)
            for path in files:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).replace(root / path)
                moved.append(root / path)
    except BaseException:  # Ctrl-C, too, leaves nothing half written
        for place in moved:
            place.unlink(missing_ok=True)
            _remove_empty(place.parent, root)
        for path, former in before.items():
            (root / path).write_bytes(former)
        raise
    finally:
        _remove_empty(outputs, root)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def place(guess: Guess, files: Mapping[str, str]) -> str:
    """Return where to change what was guessed, as file:line; the file alone if no line holds the words."""
    if not guess.file:
        return ""
    for number, line in enumerate(files.get(guess.file, "").splitlines(), start=1):
        if guess.where and guess.where in line:
            return f"{guess.file}:{number}"
    return guess.file


def listed(guesses: Sequence[Guess], files: Mapping[str, str]) -> list[str]:
    """Return a line for each guess, with the place to change it."""
    return [f"{guess.text}  ({where})" if (where := place(guess, files)) else guess.text for guess in guesses]
