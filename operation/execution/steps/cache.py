"""What steps once put out, by content: an entry for each recipe, an object for each file, however many entries hold it.

Several processes may share a cache. Each file in it is written whole under another name first, and an entry last.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.execution.json_files import hash_file, read_json, write_json, write_whole
from operation.execution.steps.recipe import Hashes, Recipe, hash_folder

FORMAT = 1
FORMAT_FILE = "format.json"
LOOKED_AT = 50  # entries of a step, the latest, among which the most similar is sought
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Entry:
    """`outputs` holds the files of each output folder, by the folder's name; `note` is what the step had to say."""

    step: str
    recipe: Recipe
    outputs: Mapping[str, Hashes]
    note: str


class Cache:
    """The folder `folder`. Where it cannot be used, it says so once, finds nothing and keeps nothing."""

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        """Touch nothing yet."""
        self._folder, self._warn = folder, warn
        self._usable: bool | None = None

    def find(self, step: str, recipe: Recipe) -> Entry | None:
        """What the step put out when it was last made by this recipe; None if nobody knows."""
        return self._read(self._place(step, recipe)) if self._ready() else None

    def take(self, entry: Entry, places: Mapping[str, Path]) -> bool:
        """Copy the entry's outputs to their places: all of them, each with the hash it should have, or none.

        An entry that cannot be given whole is thrown away.
        """
        parts = {name: places[name].with_name(f".{name}.taken") for name in entry.outputs}
        try:
            if all(self._copy(files, parts[name]) for name, files in entry.outputs.items()):
                for name, part in parts.items():
                    part.replace(places[name])
                with suppress(FileNotFoundError):  # trimmed by somebody meanwhile
                    os.utime(self._place(entry.step, entry.recipe))
                return True
            self._place(entry.step, entry.recipe).unlink(missing_ok=True)
        except OSError as error:
            self._give_up(f"cannot be read: {error}")
        finally:
            for part in parts.values():
                shutil.rmtree(part, ignore_errors=True)
        return False

    def keep(self, step: str, recipe: Recipe, places: Mapping[str, Path], note: str) -> Mapping[str, Hashes]:
        """Remember what the step put out; returns the hashes of its files, whether they could be kept or not."""
        outputs = {name: hash_folder(place) for name, place in places.items()}
        if self._ready():
            try:
                for name, files in outputs.items():
                    for path, digest in files.items():
                        self._keep_object(places[name] / path, digest)
                place = self._place(step, recipe)
                place.parent.mkdir(parents=True, exist_ok=True)
                write_json(place, asdict(Entry(step, recipe, outputs, note)))
            except OSError as error:
                self._give_up(f"cannot be written: {error}")
        return outputs

    def latest(self, step: str) -> Iterator[Entry]:
        """The step's entries, the last used first."""
        if self._ready():
            files = sorted((self._folder / "entries" / step).glob("*.json"), key=_used, reverse=True)
            yield from filter(None, map(self._read, files[:LOOKED_AT]))

    def trim(self, days: float | None, megabytes: float | None) -> int:
        """Keep what was used within so many days, the last used first, up to so many megabytes (10^6 bytes) in all.

        Returns the bytes that were freed.
        """
        before = self._bytes()
        oldest = time.time() - days * DAY if days is not None else float("-inf")
        limit = megabytes * 1e6 if megabytes is not None else float("inf")
        held: set[str] = set()
        for file in sorted(self._folder.glob("entries/*/*.json"), key=_used, reverse=True):
            together = held | self._objects(file)
            if _used(file) >= oldest and self._size(together) <= limit:
                held = together
            else:
                file.unlink(missing_ok=True)
        for file in self._folder.glob("objects/*/*"):
            being_written = file.name.startswith(".") and _used(file) > time.time() - DAY
            if file.name not in held and not being_written:
                file.unlink(missing_ok=True)
        return before - self._bytes()

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
            self._give_up("is of another version. To start anew: invoke clean --cache")

    def _give_up(self, reason: str) -> None:
        self._usable = False
        self._warn(f"The cache {self._folder} {reason}. Every step runs, and nothing is kept.")

    def _place(self, step: str, recipe: Recipe) -> Path:
        return self._folder / "entries" / step / f"{recipe.key}.json"

    def _object(self, digest: str) -> Path:
        return self._folder / "objects" / digest[:2] / digest

    def _read(self, file: Path) -> Entry | None:
        try:
            values = read_json(file)
            return Entry(values["step"], Recipe.from_json(values["recipe"]), values["outputs"], values["note"])
        except (OSError, OperationError, KeyError, TypeError):  # missing or damaged: the step runs and writes it anew
            return None

    def _copy(self, files: Hashes, part: Path) -> bool:
        """Whether every file is there and is what it should be; each object that is not is thrown away."""
        shutil.rmtree(part, ignore_errors=True)  # what a killed run left
        part.mkdir(parents=True)
        copied = [self._copy_object(digest, part / path) for path, digest in files.items()]
        return all(copied)

    def _copy_object(self, digest: str, copy: Path) -> bool:
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(self._object(digest), copy)
        except FileNotFoundError:
            return False
        if hash_file(copy) != digest:
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

    def _size(self, digests: Iterable[str]) -> int:
        return sum(_bytes(self._object(digest)) for digest in digests)

    def _bytes(self) -> int:
        return sum(map(_bytes, self._folder.rglob("*")))


def _used(file: Path) -> float:
    """When it was, in seconds since 1970; what somebody else has deleted meanwhile, long ago."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
