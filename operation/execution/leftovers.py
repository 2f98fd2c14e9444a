"""What a command that was killed left in the outputs folder: the next one clears it, and `invoke doctor` names it.

Whoever looks must hold the folder: then no living command is at work on what is found.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from operation import console
from operation.execution.backends import Backend
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.values import Leftover

# Below these, a name that begins with a dot is written to first and then renamed; nothing else has such a name there.
FOLDERS = ("data", "data/*", "mlflow", "runs/*", "runs/*/*", "sweeps/*", "reports")
UNFINISHED = re.compile(r"\.new-.+|\.partial|\..+\.partial|\..+\.taken|\.outputs-.+|\..+\.[0-9a-f]{32}")


@contextmanager
def in_order(configuration: Configuration, backend: Backend) -> Iterator[None]:
    """Hold the outputs folder for a command that writes into it, and first clear what a killed one has left there.

    Raises:
        OperationError: as `exclusive`, or as the backend's `check`.
    """
    with exclusive(configuration):
        backend.check()
        for left in find_leftovers(configuration.outputs, backend):
            left.clear()
            console.say(f"Cleared what a killed command left: {left.name}")
        yield


def find_leftovers(outputs: Path, backend: Backend) -> Iterator[Leftover]:
    """Find what the backend knows of that was never finished, then files and folders."""
    yield from backend.leftovers()
    for folder in FOLDERS:
        for path in outputs.glob(f"{folder}/.*"):
            if UNFINISHED.fullmatch(path.name):
                yield Leftover(str(path), partial(_delete, path))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
