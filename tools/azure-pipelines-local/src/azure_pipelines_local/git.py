"""Run git in a folder, whatever repository a hook's variables name."""

import os
import subprocess
from functools import cache
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError


def git(folder: Path, *arguments: str) -> str:
    """Run git in the folder, and return what it prints.

    Raises:
        PipelinesLocalError: it fails; the message is git's own.
    """
    command = ["git", *arguments]  # the user's own git, wherever PATH finds it
    try:
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise PipelinesLocalError("git is not installed. Install it from your system's packages.") from error
    if done.returncode:
        raise PipelinesLocalError(
            f"git {arguments[0]} failed in {folder}: {done.stderr.strip() or done.stdout.strip()}"
        )
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return this process's environment without what names another repository, as it does in a hook of git.

    Raises:
        FileNotFoundError: git is not installed.
    """
    return {name: value for name, value in os.environ.items() if name not in _local_names()}


@cache
def _local_names() -> frozenset[str]:
    """List GIT_DIR, GIT_INDEX_FILE and the like, as this git has them."""
    command = ["git", "rev-parse", "--local-env-vars"]
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
