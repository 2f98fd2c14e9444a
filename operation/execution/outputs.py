"""Guard the outputs folder of a use case: one command at a time, and enough disk space before work starts."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from operation.errors import OperationError, shorten
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.configuration.taken_names import COMMON, OURS
from operation.execution.json_files import read_json, write_json

# A full run writes about 60 MB. On a full disk, logs and MLflow's database would be cut off in the middle.
NEEDED_BYTES = 300_000_000
MARKER = ".azure-mlops-template.json"
REMEDY = "Delete it: from then on, invoke clean leaves what is there now."
OF_CLONE = ROOT / "outputs"
DEPLOYMENT_LOCK = ".lock"  # in the folder `services` of a use case: held by whoever changes what serves
IN_ADDRESSES = re.compile(r"\?|%[0-9A-Fa-f]{2}")
LONGEST_PATH = 440  # bytes: SQLite opens no database whose path has more than 512


@contextmanager
def exclusive(configuration: Configuration) -> Iterator[None]:
    """Lock the outputs folder of the use case for a command that writes into it.

    Raises:
        OperationError: as `hold`, or the disk is nearly full.
    """
    with hold(configuration.outputs):
        _note_foreign(configuration.common_outputs, COMMON)  # before the first command makes the cache there
        check_room(configuration.outputs)
        yield


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Lock the folder. The operating system releases the lock however the process ends, even by `kill -9`.

    Raises:
        OperationError: the folder or its path cannot be used, or another command is using it.
    """
    _refuse_path(folder)
    # Refuse at once and do not queue: a second run that waits unseen for an hour looks as if it hung.
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise OperationError(
            f"Another command is using {folder}. Wait until it has ended, or give this one a folder of its own: "
            "--set backend.outputs=FOLDER"
        ) from error
    except OSError as error:
        raise OperationError(
            f"Cannot write to the outputs folder {folder}: {error.strerror}. Allow it, or choose another: "
            "--set backend.outputs=FOLDER"
        ) from error
    try:
        _note_foreign(folder, OURS)
        yield
    finally:
        lock.release()


def _refuse_path(folder: Path) -> None:
    # SQLite follows links before it counts.
    if max(len(os.fsencode(path)) for path in (folder.absolute(), os.path.realpath(folder))) > LONGEST_PATH:
        raise OperationError(
            f"The path of the outputs folder is longer than {LONGEST_PATH} bytes, which SQLite would refuse for its "
            f"database: {shorten(str(folder))}. Choose a shorter one: --set backend.outputs=FOLDER"
        )
    if special := IN_ADDRESSES.search(str(folder)):
        raise OperationError(
            f"The path of the outputs folder contains {special.group()!r}, which has a meaning of its own in the "
            f"address of MLflow's database: {shorten(str(folder))}. Choose another: --set backend.outputs=FOLDER"
        )


def foreign(folder: Path) -> tuple[str, ...]:
    """Return which of our folders others had made in an outputs folder before this project used it, if it has.

    Raises:
        OperationError: the note about it is damaged.
    """
    marker = folder / MARKER
    noted = read_json(marker, REMEDY).get("foreign") if marker.exists() else [*OURS, *COMMON]
    if not isinstance(noted, list) or not all(isinstance(name, str) for name in noted):
        raise OperationError(f"{marker} is damaged: it must have a list of names, `foreign`. {REMEDY}")
    return tuple(name for name in noted if name in (*OURS, *COMMON) and (folder / name).exists())


def _note_foreign(folder: Path, ours: Sequence[str]) -> None:
    """Note at the first use of an outputs folder what is not ours, since `invoke clean` must never delete it."""
    if not (folder / MARKER).exists():
        # The folder in the clone is ours alone; before this note was kept, too.
        of_clone = folder.resolve().is_relative_to(OF_CLONE.resolve())
        there = [] if of_clone else [name for name in ours if (folder / name).exists()]
        write_json(folder / MARKER, {"foreign": there})


def check_room(folder: Path) -> None:
    """Raise OperationError if the folder's disk has no space for another run."""
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise OperationError(
            f"The disk of {folder} has {free / 1e6:.0f} MB free, and a run needs up to {NEEDED_BYTES / 1e6:.0f} MB. "
            "Free some space (invoke clean), or choose another folder: --set backend.outputs=FOLDER"
        )
