"""Processes that have left their group are found by a mark in their environment, which what they start inherits."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NAME = "VSTS_PROCESS_LOOKUP_ID"  # as an agent calls it
PROCESSES = Path("/proc")  # of Linux; elsewhere no process is found
SECONDS = 2.0  # for which those are killed that others of them start meanwhile


def kill_marked(mark: str) -> None:
    """Kill every process with the mark."""
    until = time.monotonic() + SECONDS
    while (found := list(marked(mark))) and time.monotonic() < until:
        for process in found:
            with suppress(ProcessLookupError, PermissionError):  # what sudo has started is not ours to kill
                os.kill(process, signal.SIGKILL)
        time.sleep(0.01)


def marked(mark: str) -> Iterator[int]:
    """The numbers of the processes that have begun with the mark in their environment."""
    for file in PROCESSES.glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is another user's
            if f"{NAME}={mark}".encode() in file.read_bytes().split(b"\0"):
                yield int(file.parent.name)
