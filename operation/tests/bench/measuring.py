"""Time and memory of a command and of every process that it starts. Not on Windows, which has no `os.wait4`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType

SECONDS_BETWEEN_SAMPLES = 0.05
MEGABYTE = 1e6


@dataclass(frozen=True)
class Measurement:
    """What one command took. Resident memory in MB; `tree` is NaN where there is no /proc to sample."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, with all children
    largest: float  # the largest process at its peak; no less than the caller, whose copy it is at first
    tree: float  # all processes together at their peak; pages that they share count for each
    output: str  # stdout and stderr


def measure(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    exit_code: int = 0,
) -> Measurement:
    """Run the command in the folder, with more environment variables.

    Raises CalledProcessError, with its output, when it ends with another exit code than expected.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log)
        ended, peak = Event(), [0.0]
        sampler = Thread(target=_sample, args=(process.pid, ended, peak))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)  # unlike Popen's own waiting, it tells what was used
        wall = time.perf_counter() - started
        ended.set()
        sampler.join()
        log.seek(0)
        output = log.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != exit_code:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes, kilobytes
    cpu = usage.ru_utime + usage.ru_stime
    return Measurement(wall, cpu, usage.ru_maxrss * unit / MEGABYTE, peak[0] or float("nan"), output)


def _sample(pid: int, ended: Event, peak: list[float]) -> None:
    """Keep in `peak[0]` the most MB that the process and its descendants were seen to hold."""
    while not ended.wait(SECONDS_BETWEEN_SAMPLES):
        peak[0] = max(peak[0], _tree(pid))


def _tree(pid: int) -> float:
    """Resident MB of a process and its descendants now; one that ends meanwhile counts no more."""
    total = 0.0
    with suppress(OSError):
        process = Path("/proc", str(pid))
        total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
        for children in process.glob("task/*/children"):  # a process belongs to the thread that started it
            total += sum(map(_tree, map(int, children.read_text().split())))
    return total
