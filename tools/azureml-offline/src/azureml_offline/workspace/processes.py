"""Processes of jobs and web services: what they inherit from this machine, and how all that they started ends."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")  # nothing else of this machine gets into a job or a service


def inherit() -> dict[str, str]:
    """Return the environment variables that a process keeps from this one."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def search_path(python: Path) -> str:
    """Return the PATH on which the programs of that interpreter's environment come first."""
    return f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def signal_group(process: "subprocess.Popen[Any]", number: signal.Signals) -> None:
    """Signal a process that leads a session of its own, and all that it started in it."""
    # The id of the group is that of the process that leads it, and stays the group's as long as any member is alive.
    with suppress(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, number)
