"""What a command that was killed left in the outputs folder: the next one clears it, and `invoke doctor` names it.

Whoever looks must hold the folder: then no living command is at work on what is found.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from operation import console
from operation.execution.backends import Backend
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.retention import trim
from operation.execution.temporary import abandoned, delete_abandoned
from operation.execution.values import Leftover

# What is written first and then renamed. People may have files of such names beside ours, so places count too.
TIME, PART, RANDOM = r"\d{8}-\d{6}-\d{6}", r"\.[^/]+\.[0-9a-f]{32}", r"\w{8}"
RUN = rf"runs/{TIME}(-[0-9a-f]{{6}})?"
UNFINISHED = re.compile(
    rf"(data|scoring)/\.raw\.partial|data/datastores/{PART}|mlflow/(\.new-{RANDOM}|\.versions\.json\.[0-9a-f]{{32}})"
    rf"|{RUN}/(\.[^/]+\.taken|\.outputs-{RANDOM}|{PART})|{RUN}/[^/]+/(\.partial|{PART})"
    rf"|(sweeps|backtests|monitoring)/{TIME}/{PART}|references/(\.\d+\.partial|\d+/(\.partial|{PART}))"
    rf"|\.fetched-{RANDOM}|runs/\.found-{RANDOM}|\.(comparisons\.json|\.azure-mlops-template\.json)\.[0-9a-f]{{32}}"
)
FOLDERS = (
    *(".", "data", "data/datastores", "mlflow", "runs", "runs/*", "runs/*/*", "scoring"),
    *("sweeps/*", "backtests/*", "monitoring/*", "references", "references/*"),
)


@contextmanager
def in_order(configuration: Configuration, backend: Backend) -> Iterator[None]:
    """Hold the outputs folder for a command that writes into it, and first clear what a killed one has left there.

    After the command, what is older than the configuration keeps is deleted.

    Raises:
        OperationError: as `exclusive`, or as the backend's `check`.
    """
    with exclusive(configuration):
        backend.check()
        for left in find_leftovers(configuration.outputs, backend):
            left.clear()
            console.say(f"Cleared what a killed command left: {left.name}")
        yield
        trim(configuration, backend)


def find_leftovers(outputs: Path, backend: Backend) -> Iterator[Leftover]:
    """Find what the backend knows of that was never finished, then files and folders, temporary ones last."""
    yield from backend.leftovers()
    for folder in FOLDERS:
        for path in outputs.glob(f"{folder}/.*"):
            if UNFINISHED.fullmatch(path.relative_to(outputs).as_posix()):
                yield Leftover(str(path), partial(_delete, path))
    for path in abandoned(Path(tempfile.gettempdir())):
        yield Leftover(str(path), partial(delete_abandoned, path))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
