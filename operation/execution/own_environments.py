"""Python environments beside this one, for what does not go with its pins: made once by uv, and kept in the cache."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from operation import console
from operation.errors import OperationError

MADE = ".complete"


@dataclass(frozen=True)
class OwnEnvironment:
    """What an environment holds: its `content`, by whose hash it is kept, and the `uv pip` commands that install it.

    `purpose` and `note` are shown to people, and `remedy` if it cannot be made.
    """

    purpose: str
    content: Sequence[str]
    installs: Sequence[Sequence[str]]
    note: str
    remedy: str


def prepare(environment: OwnEnvironment, cache: Path) -> Path:
    """Return the Python of the environment, which the first call makes below the folder `cache`.

    Raises:
        OperationError: uv could not make it, for instance without a network.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = hashlib.sha256("\n".join([version, *environment.content]).encode()).hexdigest()[:16]
    folder = cache / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / MADE).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):  # another command may be making it
            if not (folder / MADE).exists():
                _make(environment, folder, python)
    return python


def _make(environment: OwnEnvironment, folder: Path, python: Path) -> None:
    with console.step("environment") as note:
        note.text = environment.note
        shutil.rmtree(folder, ignore_errors=True)  # what a killed command left
        _uv(environment, "venv", "--quiet", "--python", sys.executable, str(folder))
        for words in environment.installs:
            _uv(environment, "pip", words[0], "--quiet", "--python", str(python), *words[1:])
        (folder / MADE).touch()


def _uv(environment: OwnEnvironment, *words: str) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [sys.executable, "-m", "uv", *words]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or "uv says nothing").splitlines()[-1].strip()
        raise OperationError(
            f"The environment of {environment.purpose} could not be made: {last}. {environment.remedy}"
        )
