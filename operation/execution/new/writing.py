"""Write, change and delete files of the repository at once, or none; what a kill leaves half done can be undone.

All texts, new and former ones, lie in a folder of outputs before the first file of the repository changes.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from operation.errors import OperationError
from operation.execution.new.asked import Guess
from operation.execution.temporary import temporary_folder

OUTPUTS = "outputs"  # which git ignores
UNFINISHED = f"{OUTPUTS}/.unfinished"  # is there while files change, and after a kill meanwhile
BEFORE, AFTER = "before", "after"  # the folders in it


def write(
    files: Mapping[str, str], root: Path, changed: Mapping[str, str] | None = None, deleted: Iterable[str] = ()
) -> None:
    """Write new files, by their paths in `root`, and the new texts of files that are `changed`; delete others.

    Raises:
        OperationError: a new file is there already; then nothing is written.
    """
    changed, deleted = changed or {}, tuple(deleted)
    taken = [path for path in files if (root / path).exists()]
    if taken:
        raise OperationError(f"{taken[0]} is there already. Delete it, or choose another name.")
    (root / OUTPUTS).mkdir(exist_ok=True)
    try:
        with temporary_folder(root / OUTPUTS) as folder:
            prepare(folder / "texts", root, {**files, **changed}, (*changed, *deleted))
            (folder / "texts").replace(root / UNFINISHED)
            try:
                for _ in apply(root, (*files, *changed), deleted):
                    pass
            except BaseException:  # Ctrl-C, too, leaves nothing half written
                undo(root)
                raise
            (root / UNFINISHED).replace(folder / "texts")
    finally:
        _remove_empty(root / OUTPUTS, root)


def prepare(folder: Path, root: Path, texts: Mapping[str, str], former: Iterable[str]) -> None:
    """Put the new texts into a folder, and copies of the files that change or go."""
    for path in former:
        (folder / BEFORE / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, folder / BEFORE / path)
    for path, text in texts.items():
        (folder / AFTER / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / AFTER / path).write_text(text, encoding="utf-8", newline="\n")
        if (root / path).is_file():
            shutil.copymode(root / path, folder / AFTER / path)


def apply(root: Path, written: Iterable[str], deleted: Iterable[str]) -> Iterator[str]:
    """Change one file after the other as `prepare` planned it, and yield its path; each is whole at any moment."""
    for path in written:
        _put(root / UNFINISHED / AFTER / path, root / path)
        yield path
    for path in deleted:
        (root / path).unlink()
        _remove_empty((root / path).parent, root)
        yield path


def undo(root: Path) -> bool:
    """Make all files as they were before the `write` that was broken off; False if none was.

    Raises:
        OperationError: a file has been changed since; then nothing is undone.
    """
    if not (root / UNFINISHED).is_dir():
        return False
    before, after = (set(_paths(root / UNFINISHED / each)) for each in (BEFORE, AFTER))
    _require_untouched(root, before, after)
    for path in sorted(before | after):
        _undo_file(root, path, path in before)
    with temporary_folder(root / OUTPUTS) as folder:
        (root / UNFINISHED).replace(folder / "texts")  # at once: half of it would not do
    return True


def _undo_file(root: Path, path: str, was_there: bool) -> None:
    file, former = root / path, root / UNFINISHED / BEFORE / path
    if was_there and _bytes(file) != _bytes(former):
        _put(former, file)
    if file.parent.is_dir():
        for left in (_moving(file), *(() if was_there else (file,))):
            left.unlink(missing_ok=True)
        _remove_empty(file.parent, root)


def _require_untouched(root: Path, before: set[str], after: set[str]) -> None:
    """Refuse to undo where somebody has worked on a file since."""
    places = {BEFORE: before, AFTER: after}
    for path in sorted(before | after):
        known = [_bytes(root / UNFINISHED / each / path) if path in paths else None for each, paths in places.items()]
        if _bytes(root / path) not in known:
            raise OperationError(
                f"An invoke new was killed while it wrote, and {path} has changed since. To keep all files as they "
                f"are, delete {UNFINISHED}; then git status lists what it wrote, and git checkout brings back the rest."
            )


def _paths(folder: Path) -> Iterator[str]:
    return (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _put(source: Path, target: Path) -> None:
    """Copy a file to its place, where it is never half there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, _moving(target))
    _moving(target).replace(target)


def _moving(file: Path) -> Path:
    """Return where a file is made whole, beside its place."""
    return file.with_name(f".{file.name}.unfinished")


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder, and those above it, that hold nothing but bytecode."""
    while folder != root and folder.is_dir() and all(each.name == "__pycache__" for each in folder.iterdir()):
        shutil.rmtree(folder)
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
    texts = [" ".join(guess.text.split("\n")) for guess in guesses]  # names may have several lines
    places = [place(guess, files) for guess in guesses]
    return [f"{text}  ({where})" if where else text for text, where in zip(texts, places, strict=True)]
