"""Processes that go on after the command that started them, and are found again by later ones.

A process is known by its number and the moment it started: numbers are used again, and another's process must never be
ended.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

POLL = 0.02  # seconds between two looks
# A session of its own: no Ctrl-C and no closed terminal of the command reaches it.
APART: dict[str, Any] = (
    {"creationflags": 0x00000208}  # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
    if sys.platform == "win32"
    else {"start_new_session": True}
)
# Of this process: kept, so that one that ends is collected and not taken for a running one.
_STARTED: "dict[int, subprocess.Popen[bytes]]" = {}


@dataclass(frozen=True)
class Process:
    """The number of a process and when it started, in the words of the operating system."""

    pid: int
    started: str


def start(words: Sequence[str], log: Path, environment: Mapping[str, str]) -> Process:
    """Start a Python script in the background; what it prints is appended to the log."""
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, *words],
            env=dict(environment),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            **APART,
        )
    _STARTED[process.pid] = process
    return Process(process.pid, _start_of(process.pid))


def is_running(process: Process) -> bool:
    """Say whether that very process still runs."""
    ours = _STARTED.get(process.pid)
    if ours is not None and ours.poll() is not None:
        return False
    return bool(process.started) and _start_of(process.pid) == process.started


def stop(process: Process, seconds: float) -> None:
    """Ask the process to end, and after so many seconds make it; returns when it is gone."""
    if is_running(process):
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > until:
            _signal(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
            until = time.monotonic() + seconds
        time.sleep(POLL)


def _signal(process: Process, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def _start_of(pid: int) -> str:
    """Say when the process started; "" if there is none, or one that has ended and is still to be collected."""
    if Path("/proc/self/stat").exists():  # on Linux, where asking `ps` would take a thousand times as long
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            return ""
        # Counted from the start of the machine: after another, a process of the same number may have the same.
        return "" if fields[0] == "Z" else f"{fields[19]} {_boot()}".strip()
    if sys.platform == "win32":
        return _ask("powershell", "-NoProfile", "-Command", f"(Get-Process -Id {pid}).StartTime.Ticks")
    started, _, state = _ask("ps", "-o", "lstart=,stat=", "-p", str(pid)).rpartition(" ")
    return "" if state.startswith("Z") else started.strip()


@cache
def _boot() -> str:
    """Return what tells this run of the machine from those before; "" where Linux hides it."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _ask(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
