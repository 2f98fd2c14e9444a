"""Temporary folders that a later command deletes if this one is killed, wherever they are.

Each holds a lock for as long as its process lives: the operating system releases it even after `kill -9`. So nothing of
a living command is deleted, whichever outputs folder that uses.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = ".azure-mlops-template-"
OURS = re.compile(re.escape(PREFIX) + r"\w{8}")  # as tempfile makes names
LOCK, CONTENT = ".lock", "content"
YOUNG = 60  # seconds, in which a folder may not have its lock yet


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder, in that for temporary files unless a parent is given, and delete it in the end.

    What killed commands left beside it is deleted first.
    """
    place = parent or Path(tempfile.gettempdir())
    for left in abandoned(place):
        delete_abandoned(left)
    made, lock = _make(place)
    with made as folder:
        try:
            yield Path(folder, CONTENT)
        finally:
            lock.release()  # before the folder goes: Windows deletes no open file


def _make(place: Path) -> "tuple[tempfile.TemporaryDirectory[str], FileLock]":
    """Make a folder and take its lock; another if a process that looked just before the lock has deleted it."""
    while True:
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True)
        content, lock = Path(made.name, CONTENT), FileLock(Path(made.name, LOCK))
        with suppress(FileNotFoundError):
            content.mkdir()
            lock.acquire()
            if content.is_dir():
                return made, lock
            lock.release()
        made.cleanup()


def delete_abandoned(folder: Path) -> None:
    """Delete a folder that `abandoned` found, unless its process has taken the lock since."""
    with suppress(OSError, Timeout):
        with FileLock(folder / LOCK, timeout=0):
            shutil.rmtree(folder / CONTENT, ignore_errors=True)  # by which that process sees that the folder is gone
        shutil.rmtree(folder, ignore_errors=True)


def abandoned(place: Path) -> Iterator[Path]:
    """Find the folders of dead processes of this user; of other users', and what links lead to, none."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another process is deleting it
            if OURS.fullmatch(folder.name) and _is_mine(folder) and not _is_in_use(folder):
                yield folder


def _is_mine(folder: Path) -> bool:
    state = folder.lstat()
    return folder.is_dir() and not folder.is_symlink() and (os.name == "nt" or state.st_uid == os.getuid())


def _is_in_use(folder: Path) -> bool:
    if not (folder / LOCK).is_file() and folder.stat().st_mtime > time.time() - YOUNG:
        return True
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
