"""Clones with other tools than this one, and environments in which only those can be imported.

Each command ends by itself or is ended: one that serves until Ctrl-C would wait for ever where a refusal is missing.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.bootstrap import find_tools
from operation.tests.clones import IDENTITY, git
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import copy_repository
from operation.tools import TOOLS

SECONDS = 300
Clone = Callable[..., Path]


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Makes a repository that serves parcels, of which some tools were deleted and those deletions committed."""

    def make(*deleted: str) -> Path:
        folder = copy_repository(tmp_path_factory.mktemp("clone"))
        for tool in deleted:
            shutil.rmtree(folder / "tools" / tool)
        commit(folder, "Delete tools")
        return folder

    return make


def commit(folder: Path, message: str) -> None:
    """Commit everything, or nothing where nothing has changed."""
    git(folder, "add", "--all")
    git(folder, *IDENTITY, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)


def environment_of(clone: Path, with_tools: bool = True) -> Path:
    """Make an environment in the clone with all that this one has, and the clone's own tools; gives its Python.

    Its packages are links to those here, whose bytecode is there already, so that this takes a second.
    """
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(clone / ".venv")], check=True)
    for place in {Path(path) for path in sys.path if path.endswith("site-packages")}:
        (target,) = (clone / ".venv").glob("lib/python*/site-packages")
        for each in place.iterdir():
            if not is_of_a_tool(each.name) and not (target / each.name).exists():
                (target / each.name).symlink_to(each)
    for program in ("uv", "uv-build"):
        (clone / ".venv" / "bin" / program).symlink_to(Path(sys.prefix, "bin", program))
    python = clone / ".venv" / "bin" / "python"
    folders = [word for tool in find_tools(clone) for word in ("--editable", str(tool))]
    if folders and with_tools:
        offline = ("--quiet", "--offline", "--no-deps", "--python", str(python))
        subprocess.run([*uv, "pip", "install", *offline, *folders], check=True)
    return python


def is_of_a_tool(name: str) -> bool:
    """Whether a name in site-packages belongs to the installation of a tool."""
    return name.startswith(tuple(tool.replace("-", "_") for tool in TOOLS))


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ...` in the folder, as from a shell; unmeasured, since the files are not those here."""
    command = [str(python), "-m", *arguments]
    env = unmeasured()
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
