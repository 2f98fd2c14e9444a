"""Run git so that it looks at the folder it runs in, whatever repository the environment names."""

import os
import subprocess
from functools import cache


def environment() -> dict[str, str]:
    """Return this process's environment without the variables that name a repository.

    Git sets them for its hooks. A test that a hook starts would otherwise change the repository of the commit.

    Raises:
        FileNotFoundError: git is not installed.
    """
    return {name: value for name, value in os.environ.items() if name not in _local_names()}


@cache
def _local_names() -> frozenset[str]:
    """Return the names of those variables (GIT_DIR, GIT_INDEX_FILE, ...) in the installed version of git."""
    command = ["git", "rev-parse", "--local-env-vars"]
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
