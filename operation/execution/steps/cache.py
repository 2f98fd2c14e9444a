"""Keep what steps put out, by content: an entry for each recipe, an object for each file, however many entries hold it.

Several processes may share a cache, without a lock. That is safe because each file is written under another name and
then renamed, because an entry is written after all of its objects, and because whoever takes an object checks its hash:
what another process deletes or a crash leaves behind is a missing entry at worst, and the step runs.
"""

import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import filterfalse
from pathlib import Path, PurePosixPath

from operation.errors import OperationError
from operation.execution.file_hashes import HASHES, require_undamaged
from operation.execution.json_files import hash_file, read_json, read_sealed, seal, write_json, write_whole
from operation.execution.steps.other_writers import writers
from operation.execution.steps.recipe import Hashes, Recipe, hash_folder

FORMAT = 1
FORMAT_FILE = "format.json"
LOOKED_AT = 50  # of a step's entries, the last used, to find the one that differs least and say why the step ran
DIGEST = re.compile("[0-9a-f]{64}")
NAMES = {  # of the files below each folder; one that begins with a dot is the part of a file being written
    "entries": re.compile(r"[0-9a-f]{64}\.json|\.[0-9a-f]{64}\.json\.[0-9a-f]{32}"),
    "objects": re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9a-f]{32}"),
}
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # a terminal obeys it, or a file system refuses it
LONGEST_NAME = 255  # characters of the path of a file in a step's outputs
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Entry:
    """`outputs` holds the files of each output folder, by the folder's name; `note` is the last line it printed."""

    step: str
    recipe: Recipe
    outputs: Mapping[str, Hashes]
    note: str


class Cache:
    """The cache in a folder. If the folder cannot be used, it warns once, finds nothing and keeps nothing.

    A run must not fail because of it: without a cache, it only takes longer.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        """Touch nothing yet."""
        self._folder, self._warn = folder, warn
        self._usable: bool | None = None

    def find(self, step: str, recipe: Recipe) -> Entry | None:
        """Find what the step put out when it last ran by this recipe; None if that is not kept."""
        return self._read(self._place(step, recipe)) if self._ready() else None

    def take(self, entry: Entry, places: Mapping[str, Path]) -> bool:
        """Copy the entry's outputs to their places: all of them, each with the hash it should have, or none.

        An entry that is not whole is deleted, so that the next run writes it again.
        """
        if entry.outputs.keys() != places.keys():
            return False
        # Copies, not links: a step may change its inputs in place, and people edit what a run has put out.
        parts = {name: places[name].with_name(f".{name}.taken") for name in entry.outputs}
        try:
            copied = all(self._copy(files, parts[name]) for name, files in entry.outputs.items())
            if copied and _are_whole(parts.values()):
                for name, part in parts.items():
                    part.replace(places[name])
                with suppress(FileNotFoundError):  # another process may have trimmed the cache meanwhile
                    os.utime(self._place(entry.step, entry.recipe))  # `trim` keeps what was used last
                return True
            self._place(entry.step, entry.recipe).unlink(missing_ok=True)
        except OSError as error:
            self._give_up(f"cannot be read: {error}")
        finally:
            for part in parts.values():
                shutil.rmtree(part, ignore_errors=True)
        return False

    def keep(self, step: str, recipe: Recipe, places: Mapping[str, Path], note: str) -> Mapping[str, Hashes]:
        """Keep what the step put out; returns the hashes of its files, whether they could be kept or not."""
        outputs = {name: hash_folder(place) for name, place in places.items()}
        if self._ready():
            try:
                for name, files in outputs.items():
                    for path, digest in files.items():
                        self._keep_object(places[name] / path, digest)
                place = self._place(step, recipe)
                place.parent.mkdir(parents=True, exist_ok=True)
                write_json(place, seal(asdict(Entry(step, recipe, outputs, note))))
            except OSError as error:
                self._give_up(f"cannot be written: {error}")
        return outputs

    def latest(self, step: str) -> Iterator[Entry]:
        """Yield the step's entries, the last used first."""
        if self._ready():
            files = sorted((self._folder / "entries" / step).glob("*.json"), key=_used, reverse=True)
            yield from filter(None, map(self._read, files[:LOOKED_AT]))

    def trim(self, days: float | None, megabytes: float | None) -> int:
        """Delete what was not used within so many days, then the longest unused until so many megabytes are left.

        Files of other names and what links lead to stay. Returns the bytes that were freed.
        """
        before = self._bytes()
        oldest = time.time() - days * DAY if days is not None else float("-inf")
        limit = megabytes * 1e6 if megabytes is not None else float("inf")
        held: set[str] = set()
        for file in sorted(filterfalse(_is_being_written, self._files("entries")), key=_used, reverse=True):
            together = held | self._objects(file)
            if _used(file) >= oldest and self._size(together) <= limit:
                held = together
            else:
                file.unlink(missing_ok=True)
        for file in self._files("objects"):
            if file.name not in held and not _is_being_written(file):
                file.unlink(missing_ok=True)
        return before - self._bytes()

    def clear(self) -> None:
        """Delete all that it holds, and nothing else that is in its folder."""
        for name in NAMES:
            for file in self._files(name):
                file.unlink(missing_ok=True)
            for folder in self._folders(name):
                with suppress(OSError):  # it holds something else, or is a link
                    folder.rmdir()
        (self._folder / FORMAT_FILE).unlink(missing_ok=True)
        if not self._folder.is_symlink() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _ready(self) -> bool:
        if self._usable is None:
            self._usable = True
            try:
                self._check_format()
            except (OSError, OperationError) as error:
                self._give_up(f"cannot be used: {error}")
        return self._usable

    def _check_format(self) -> None:
        file = self._folder / FORMAT_FILE
        if not file.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            write_json(file, {"format": FORMAT})
        elif read_json(file) != {"format": FORMAT}:
            return self._give_up("is of another version. To start afresh: invoke clean --cache")
        # Whoever can write here decides which models are registered.
        tops = [self._folder / name for name in NAMES]
        folders = [*tops, *(path for top in tops if not top.is_symlink() for path in top.glob("*"))]
        if any(folder.is_symlink() for folder in folders):
            return self._give_up("holds links, which may lead anywhere. Replace them by folders")
        there = [self._folder, *filter(Path.is_dir, folders)]
        for folder in there:
            if os.name == "posix" and folder.stat().st_mode & stat.S_IWOTH:
                return self._give_up(f"can be written by everybody. Take that right away: chmod o-w {folder}")
        if others := next(filter(None, map(writers, there)), None):  # members of a team may mean to share a cache
            self._warn(f"The cache {self._folder} can be written by {others}, who can hand out forged results.")

    def _give_up(self, reason: str) -> None:
        self._usable = False
        self._warn(f"The cache {self._folder} {reason}. Every step runs, and nothing is kept.")

    def _place(self, step: str, recipe: Recipe) -> Path:
        return self._folder / "entries" / step / f"{recipe.key}.json"

    def _object(self, digest: str) -> Path:
        return self._folder / "objects" / digest[:2] / digest

    def _read(self, file: Path) -> Entry | None:
        if not file.is_file():  # missing, or a pipe that somebody has made, from which reading would wait for ever
            return None
        try:
            values = read_sealed(file)  # an entry of before there were seals is another's, too: the step runs
            entry = Entry(values["step"], Recipe.from_json(values["recipe"]), values["outputs"], str(values["note"]))
            if not _is_well_formed(entry) or self._place(entry.step, entry.recipe) != file:
                return None
            return replace(entry, note=CONTROL.sub("", entry.note))
        except (OSError, OperationError, KeyError, TypeError):  # damaged: the step runs
            return None

    def _copy(self, files: Hashes, part: Path) -> bool:
        """Copy the files; returns whether each was there and whole, and deletes the objects that were not."""
        shutil.rmtree(part, ignore_errors=True)  # left by a run that was killed
        part.mkdir(parents=True)
        # Not all(...) of a generator, which would stop at the first damaged object and leave the next for another run.
        copied = [self._copy_object(digest, part / path) for path, digest in files.items()]
        return all(copied)

    def _copy_object(self, digest: str, copy: Path) -> bool:
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(self._object(digest), copy, follow_symlinks=False)
        except FileNotFoundError:
            return False
        if copy.is_symlink():
            self._object(digest).unlink(missing_ok=True)
            return False
        if hash_file(copy) != digest:  # of the copy, for that is what the run will use
            self._object(digest).unlink(missing_ok=True)
            return False
        return True

    def _keep_object(self, file: Path, digest: str) -> None:
        place = self._object(digest)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, lambda part: shutil.copyfile(file, part))

    def _objects(self, file: Path) -> set[str]:
        entry = self._read(file)
        return {digest for files in entry.outputs.values() for digest in files.values()} if entry else set()

    def _files(self, kind: str) -> list[Path]:
        """List the files below `entries` or `objects` that have a name of ours, none of them through a link."""
        files = [file for folder in self._folders(kind) for file in folder.glob("*")]
        return [file for file in files if NAMES[kind].fullmatch(file.name) and (file.is_symlink() or file.is_file())]

    def _folders(self, kind: str) -> list[Path]:
        """List the folders below `entries` or `objects`, then that itself; of links none."""
        top = self._folder / kind
        return [folder for folder in (*top.glob("*"), top) if not folder.is_symlink()] if not top.is_symlink() else []

    def _size(self, digests: Iterable[str]) -> int:
        return sum(_bytes(self._object(digest)) for digest in digests)

    def _bytes(self) -> int:
        return sum(_bytes(file) for kind in NAMES for file in self._files(kind))


def _is_well_formed(entry: Entry) -> bool:
    """Check types and paths of an entry. A shared cache is input: somebody else may have written it."""
    recipe, outputs = entry.recipe, entry.outputs
    nested, flat = (recipe.inputs, outputs), (recipe.arguments, recipe.folders, recipe.code, recipe.packages)
    if not all(isinstance(each, dict) for each in nested):
        return False
    texts = all(map(_is_text, (*flat, *recipe.inputs.values(), *outputs.values())))
    return texts and all(_is_safe(path, digest, files) for files in outputs.values() for path, digest in files.items())


def _is_text(values: object) -> bool:
    """Say whether these are texts by texts, without a character that a terminal would obey."""
    return isinstance(values, dict) and all(
        isinstance(text, str) and not CONTROL.search(text) for pair in values.items() for text in pair
    )


def _is_safe(name: str, digest: str, files: Hashes) -> bool:
    """Say whether a file of that name stays below its folder, and can be written beside the other files."""
    path = PurePosixPath(name)
    inside = path.parts and not path.is_absolute() and ".." not in path.parts and "\\" not in name
    writable = len(name) <= LONGEST_NAME and files.keys().isdisjoint(map(str, path.parents))
    return bool(inside and writable and DIGEST.fullmatch(digest))


def _are_whole(folders: Iterable[Path]) -> bool:
    """Say whether the folders have the files that their own hashes name: an entry may leave some out."""
    try:
        for folder in folders:
            if (folder / HASHES).is_file():
                require_undamaged(folder, "")
    except OperationError:
        return False
    return True


def _is_being_written(file: Path) -> bool:
    """Say whether another process may be writing this part of a file; an older one is what a killed process left."""
    return file.name.startswith(".") and _used(file) > time.time() - DAY


def _used(file: Path) -> float:
    """Return when it was last used, in seconds since 1970; 0 for what another process has deleted meanwhile."""
    try:
        return file.lstat().st_mtime
    except FileNotFoundError:
        return 0


def _bytes(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0
