"""Time and memory of a command and of every process that it starts. Not on Windows, which has no `os.wait4`."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event, Thread
from types import MappingProxyType
from typing import TypeVar

from operation.errors import OperationError

SECONDS_BETWEEN_SAMPLES = 0.05
SAMPLES_A_SECOND = round(1 / SECONDS_BETWEEN_SAMPLES)
MEGABYTE = 1e6
LOST = 0.003  # the share of the cores' time that a host may take from what needs them all
TRIES = 20
Result = TypeVar("Result")


@dataclass(frozen=True)
class Measurement:
    """What one command took. Memory in MB; `tree` is NaN where there is no /proc, or no time to sample it."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, with all children
    tree: float  # all processes together at their peak, a page that several share counted once among them (PSS)
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
        error = subprocess.CalledProcessError(process.returncode, command, output)
        error.add_note(output)
        raise error
    return Measurement(wall, usage.ru_utime + usage.ru_stime, peak[0] or float("nan"), output)


def undisturbed(measured: Callable[[], Result], counters: Path = Path("/proc/stat")) -> Result:
    """Measure, and again whenever the host of a virtual machine meanwhile took more than LOST of the cores' time.

    Raises OperationError after TRIES. Where the system does not tell, the first time counts.
    """
    for _ in range(TRIES):
        before = _ticks(counters)
        result = measured()
        worked, lost = (after - earlier for after, earlier in zip(_ticks(counters), before, strict=True))
        if lost <= LOST * (worked + lost):
            return result
        print(f"measured again: the host took {lost / (worked + lost):.1%} of the cores' time", flush=True)
    raise OperationError(f"The host took more than {LOST:.1%} of the cores' time, {TRIES} times in a row.")


def _ticks(counters: Path) -> tuple[int, int]:
    """How long all cores have worked since they started, and how long the host had them meanwhile (see proc(5))."""
    try:
        user, nice, system, _idle, _waiting, irq, softirq, steal = map(int, counters.read_text().split()[1:9])
    except OSError:
        return 0, 0
    return user + nice + system + irq + softirq, steal


def _sample(pid: int, ended: Event, peak: list[float]) -> None:
    """Keep in `peak[0]` the most MB that the process and its descendants were seen to hold.

    The proportional share walks every page, which takes 6 ms a gigabyte, of cores that the command may need; resident
    memory is at hand and never less. So the share is read when a hundredth more is resident than ever before and, since
    pages that were shared may no longer be, once a second while the resident memory leaves room for a new peak.
    """
    most = 0.0
    for number in count():
        if ended.wait(SECONDS_BETWEEN_SAMPLES):
            return
        pids = list(_tree(pid))
        now = sum(map(resident, pids))
        if now > most * 1.01 or (now > peak[0] and number % SAMPLES_A_SECOND == 0):
            most, peak[0] = max(most, now), max(peak[0], sum(map(_proportional, pids)))


def _tree(pid: int) -> Iterator[int]:
    """The process and its descendants now."""
    yield pid
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():  # a process belongs to the thread that began it
            for child in (thread / "children").read_text().split():
                yield from _tree(int(child))


def resident(pid: int) -> float:
    """MB of a process, shared pages in full; 0 for one that has ended."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    return 0.0


def _proportional(pid: int) -> float:
    """MB of a process, a page of n processes as its n-th part; resident memory where the kernel does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024 / MEGABYTE
    return resident(pid)
