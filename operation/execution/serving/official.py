"""The environment of Azure ML's inference server on this machine: made once by uv, from the file that Azure ML uses.

Its pins do not go with those of the developer's environment, so it is another one. It is kept in the cache, by the
hash of what it holds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from operation import console
from operation.errors import OperationError

SECTION = "  - pip:\n"  # of a conda file; behind it, a line for each package
ITEM = "      - "
MADE = ".complete"
APPLICATION = "azureml_inference_server_http.server.entry:app"


def prepare_environment(conda_file: Path, cache: Path) -> Path:
    """Return the Python of the environment, which the first call makes.

    Raises:
        OperationError: uv could not make it, for instance without a network.
    """
    packages = read_packages(conda_file)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = hashlib.sha256("\n".join([version, *packages]).encode()).hexdigest()[:16]
    folder = cache / "serving" / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (folder / MADE).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):  # another command may be making it
            if not (folder / MADE).exists():
                _make(folder, python, packages)
    return python


def _make(folder: Path, python: Path, packages: list[str]) -> None:
    with console.step("environment") as note:
        note.text = f"{len(packages)} packages for the inference server, once"
        shutil.rmtree(folder, ignore_errors=True)  # what a killed command left
        _uv("venv", "--quiet", "--python", sys.executable, str(folder))
        _uv("pip", "install", "--quiet", "--python", str(python), *packages)
        (folder / MADE).touch()


def read_packages(conda_file: Path) -> list[str]:
    """Return the packages that the conda file has pip install, each with its exact version."""
    section = conda_file.read_text(encoding="utf-8").partition(SECTION)[2]
    return [line.removeprefix(ITEM) for line in section.splitlines() if line.startswith(ITEM)]


def command(host: str, port: int, seconds: float) -> list[str]:
    """Return the words that start the server, behind those that tie it to this process.

    Its own command listens on every address of the machine; this starts the same application on one.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    timeout = ["--timeout", str(int(seconds) + 1), "--graceful-timeout", str(int(seconds) + 1)]
    return ["-m", "gunicorn", "--no-control-socket", "--bind", address, "--workers", "1", *timeout, APPLICATION]


def _uv(*words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        [sys.executable, "-m", "uv", *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or "uv says nothing").splitlines()[-1].strip()
        raise OperationError(
            f"The environment of the inference server could not be made: {last}. The first time, it needs a "
            "package index; invoke serve --fast needs none."
        )
