"""Processes of steps: their output line by line, a limit to their time, and an end of all that they have started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, cast

INTERRUPT_SECONDS, TERMINATE_SECONDS = 7.5, 2.5  # what an agent gives a process to end in, after each signal
REST_SECONDS = 1.0  # that output may still come in when the process has ended: what it left behind may hold it open
Line = Callable[[str], None]


class TimedOutError(Exception):
    """The process took longer than it may, and was ended."""


class Processes:
    """The processes of one job. Each is the leader of a group, to which belongs what it starts."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._groups: list[int] = []
        self.seconds = 0.0  # spent in them so far

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        out: Line,
        error: Line | None = None,
        until: float | None = None,
    ) -> int:
        """The exit code of the command; `out` gets its lines, `error` those of stderr if it shall have them apart.

        Raises:
            TimedOutError: the time `until`, of `time.monotonic`, has come.
        """
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if error else subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the group
        )
        self._groups.append(process.pid)
        readers = [_reader(process.stdout, out), *([_reader(process.stderr, error)] if error else [])]
        try:
            code = process.wait(None if until is None else max(until - start, 0))
        except subprocess.TimeoutExpired:
            _end(process)
            raise TimedOutError from None
        except KeyboardInterrupt:
            _end(process)
            raise
        finally:
            for reader in readers:
                reader.join(REST_SECONDS)
            self.seconds += time.monotonic() - start
            if not _is_there(process.pid):
                self._groups.remove(process.pid)  # its number may soon be another's
        return code

    def stop(self) -> None:
        """Kill what the processes have left behind, as an agent does at the end of a job."""
        for group in self._groups:
            with suppress(ProcessLookupError, PermissionError):  # what sudo has started is not ours to kill
                _signal(group, signal.SIGKILL)
        self._groups.clear()


def _reader(stream: IO[bytes] | None, line: Line) -> Thread:
    def read() -> None:
        with cast(IO[bytes], stream) as lines:
            for each in lines:
                line(each.decode("utf-8", errors="replace").rstrip("\r\n"))

    thread = Thread(target=read, daemon=True)
    thread.start()
    return thread


def _end(process: "subprocess.Popen[bytes]") -> None:
    """As an agent cancels: interrupt, then terminate, then kill, each of them the whole group."""
    for number, seconds in ((signal.SIGINT, INTERRUPT_SECONDS), (signal.SIGTERM, TERMINATE_SECONDS)):
        with suppress(subprocess.TimeoutExpired, ProcessLookupError):
            _signal(process.pid, number)
            process.wait(seconds)
            break
    with suppress(ProcessLookupError):  # what it has started may still be there
        _signal(process.pid, signal.SIGKILL)
    process.wait()


def _is_there(group: int) -> bool:
    try:
        _signal(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's, whom sudo has started
    return True


def _signal(group: int, number: int) -> None:
    if sys.platform != "win32":
        os.killpg(group, number)
