"""What git is given, so that it speaks of the folder it runs in."""

import os
import subprocess
from functools import cache


def environment() -> dict[str, str]:
    """This process's environment without what names another repository, as it does in a hook of git.

    Raises:
        FileNotFoundError: git is not installed.
    """
    return {name: value for name, value in os.environ.items() if name not in _local_names()}


@cache
def _local_names() -> frozenset[str]:
    """GIT_DIR, GIT_INDEX_FILE and the like, as this git has them."""
    command = ["git", "rev-parse", "--local-env-vars"]
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
