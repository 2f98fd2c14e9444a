"""Run git so that it looks at the folder it runs in, whatever repository the environment names."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

from operation.errors import OperationError

# What git says where there is no repository, or no commit yet. All else that is fatal is a refusal.
NOTHING_THERE = ("not a git repository", "unknown revision")
FATAL = 128


def environment() -> dict[str, str]:
    """Return this process's environment without the variables that name a repository.

    Git sets them for its hooks. A test that a hook starts would otherwise change the repository of the commit.

    Raises:
        FileNotFoundError: git is not installed.
    """
    return {name: value for name, value in os.environ.items() if name not in _local_names()}


def ask(folder: Path, *arguments: str) -> str:
    """Return what git prints in that folder.

    Raises:
        FileNotFoundError: git is not installed.
        CalledProcessError: git has no answer, for instance because there is no repository.
        OperationError: there is a repository that git refuses to read, such as that of another user.
    """
    command = ["git", *arguments]
    # LC_ALL: in another language, what git says would not be recognized.
    done = subprocess.run(command, cwd=folder, env=environment() | {"LC_ALL": "C"}, capture_output=True, text=True)
    if done.returncode == FATAL and not any(words in done.stderr for words in NOTHING_THERE):
        _refuse(folder, done.stderr)
    done.check_returncode()
    return done.stdout.strip()


def _refuse(folder: Path, message: str) -> NoReturn:
    """Pass on what git says, for it names the remedy."""
    said = " ".join(message.replace("fatal:", " ").split())
    raise OperationError(f"git refuses to read the repository in {folder}: {said}")


@cache
def _local_names() -> frozenset[str]:
    """Return the names of those variables (GIT_DIR, GIT_INDEX_FILE, ...) in the installed version of git."""
    command = ["git", "rev-parse", "--local-env-vars"]
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
