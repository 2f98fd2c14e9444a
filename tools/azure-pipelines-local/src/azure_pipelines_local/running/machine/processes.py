"""Processes of steps: their output line by line, a limit to their time, and an end of all that they have started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

from azure_pipelines_local.running.machine import descendants
from azure_pipelines_local.running.machine.output_reader import Line, Reader
from azure_pipelines_local.running.machine.task_errors import TaskError

INTERRUPT_SECONDS, TERMINATE_SECONDS = 7.5, 2.5  # what an agent gives a process to end in, after each signal


class TimedOutError(Exception):
    """The process took longer than it may, and was ended."""


class Processes:
    """The processes of one job. Each leads a group, to which belongs what it starts, and has the job's mark."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._groups: list[int] = []
        self._mark = f"vsts_{uuid4()}"
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
            TaskError: a line has met with an error.
        """
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, descendants.NAME: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if error else subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the group
        )
        self._groups.append(process.pid)
        lock = Lock()
        readers = [Reader(process.stdout, out, lock), *([Reader(process.stderr, error, lock)] if error else [])]
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
                reader.finish()
            self.seconds += time.monotonic() - start
            if not _is_there(process.pid):
                self._groups.remove(process.pid)  # its number may soon be another's
        for failed in filter(None, (reader.error for reader in readers)):
            raise TaskError(f"What the step has printed cannot be taken: {failed}") from failed
        return code

    def stop(self) -> None:
        """Kill what the processes have left behind, as an agent does at the end of a job."""
        for group in self._groups:
            with suppress(ProcessLookupError, PermissionError):  # what sudo has started is not ours to kill
                _signal(group, signal.SIGKILL)
        self._groups.clear()
        descendants.kill_marked(self._mark)


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
