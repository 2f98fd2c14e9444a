"""This work tree as a fresh clone would have it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

DROPPED = ("VIRTUAL_ENV", "COVERAGE", "TF_BUILD")  # a clone of one's own, on no agent
IDENTITY = ("-c", "user.name=A developer", "-c", "user.email=developer@example.org")


def copy_work_tree(repository: Path, folder: Path) -> None:
    """Copy what is committed, or would be."""
    for name in filter(
        None, git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    ):
        if (repository / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, folder / name)


def commit_all(folder: Path) -> None:
    """Make the folder a repository of one commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, *IDENTITY, "commit", "--quiet", "--message", "Start")


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def bare_python(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """That environment, in which `python` is the one that this environment was made from; `folder` is for its link."""
    tools = str(Path(sys.executable).parent)
    (folder / "python").symlink_to(Path(sys.base_prefix, "bin", "python3"))
    path = [each for each in environment["PATH"].split(os.pathsep) if each != tools]
    kept = {name: value for name, value in environment.items() if not name.startswith(DROPPED)}
    return kept | {"PATH": os.pathsep.join([str(folder), *path])}
