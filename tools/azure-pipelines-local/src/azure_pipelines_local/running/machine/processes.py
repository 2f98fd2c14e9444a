"""Run the processes of steps: take their output line by line, limit their time, and end all that they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

from azure_pipelines_local.running.machine.output_reader import OutputReader, TakeLine
from azure_pipelines_local.running.machine.task_errors import TaskError

INTERRUPT_SECONDS, TERMINATE_SECONDS = 7.5, 2.5  # that an agent gives a process to end in, after each signal
MARK = "VSTS_PROCESS_LOOKUP_ID"  # the variable by which an agent finds the processes of a job, too
PROCESSES = Path("/proc")  # of Linux; elsewhere only groups are killed
KILL_SECONDS = 2.0  # how long to look again for processes that others started before they died


class TimedOutError(Exception):
    """The process took longer than it may, and was ended."""


class Processes:
    """The processes of one job. Each leads a group, to which belongs what it starts, and carries the job's mark.

    A group alone does not hold them all: `setsid`, daemons and shells with job control leave it. The mark does, since
    whatever a process starts inherits its environment, unless it is taken out on purpose.
    """

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
        take_output: TakeLine,
        take_error: TakeLine | None = None,
        until: float | None = None,
    ) -> int:
        """Run the command and return its exit code.

        Args:
            command: The program and its arguments.
            folder: Where it runs.
            environment: All its environment variables; the job's mark is added.
            take_output: Called with each line of its output.
            take_error: Called with each line of stderr; without it, stderr is part of the output, in its order.
            until: When it is ended, in seconds of `time.monotonic`; None for no limit.

        Raises:
            TimedOutError: the time has come.
            TaskError: taking a line has failed.
        """
        start = time.monotonic()
        process = self._start(command, folder, environment, stderr=subprocess.PIPE if take_error else subprocess.STDOUT)
        lock = Lock()
        readers = [OutputReader(process.stdout, take_output, lock)]
        if take_error:
            readers.append(OutputReader(process.stderr, take_error, lock))
        try:
            exit_code = _wait(process, None if until is None else max(until - start, 0))
        finally:
            for reader in readers:
                reader.finish()
            self.seconds += time.monotonic() - start
            self._forget_if_empty(process.pid)
        for error in filter(None, (reader.error for reader in readers)):
            raise TaskError(f"The output of the step cannot be processed: {error}") from error
        return exit_code

    def _start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], stderr: int
    ) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, MARK: self._mark},
            stdin=subprocess.DEVNULL,  # a step that asks for input gets its end, as on an agent, and does not hang
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # so Ctrl-C in the terminal reaches this tool alone, which then ends the group
        )
        self._groups.append(process.pid)  # in a session of its own, the group has the number of its first process
        return process

    def _forget_if_empty(self, group: int) -> None:
        """Forget a group that has ended: the system may give its number to somebody else's, which `stop` would kill.

        One in which something is left keeps its number.
        """
        if not _group_exists(group):
            self._groups.remove(group)

    def stop(self) -> None:
        """Kill what the processes left running, as an agent does at the end of a job."""
        for group in self._groups:
            with suppress(ProcessLookupError, PermissionError):  # what sudo started is not ours to kill
                _signal_group(group, signal.SIGKILL)
        self._groups.clear()
        kill_marked(self._mark)


def _wait(process: "subprocess.Popen[bytes]", seconds: float | None) -> int:
    """Return its exit code; an interrupt, or TimedOutError after the seconds, is raised once the process has ended."""
    # `wait` and not the end of the output: that may stay open long after the process, for what it left behind.
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        _cancel(process)
        raise TimedOutError from None
    except KeyboardInterrupt:
        _cancel(process)
        raise


def _cancel(process: "subprocess.Popen[bytes]") -> None:
    """End the process as an agent cancels it: interrupt, then terminate, then kill, each of them the whole group.

    The first two give it time to clean up: git or Terraform, killed at once, leave locks behind.
    """
    for number, seconds in ((signal.SIGINT, INTERRUPT_SECONDS), (signal.SIGTERM, TERMINATE_SECONDS)):
        with suppress(subprocess.TimeoutExpired, ProcessLookupError):
            _signal_group(process.pid, number)
            process.wait(seconds)
            break
    with suppress(ProcessLookupError):  # also where it has ended in time: its children may have ignored both
        _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _group_exists(group: int) -> bool:
    try:
        _signal_group(group, 0)  # signal 0 is not sent, only checked
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # there, but another user's: sudo started it
    return True


def _signal_group(group: int, number: int) -> None:
    if sys.platform != "win32":
        os.killpg(group, number)


def kill_marked(mark: str) -> None:
    """Kill every process with the mark, and what these start in the meantime."""
    until = time.monotonic() + KILL_SECONDS
    # Once is not enough: between the look at /proc and the signal, one of them may have started another. The limit
    # ends this where some cannot be killed (by sudo), or wait to be collected by a parent that does not.
    while (numbers := list(find_marked(mark))) and time.monotonic() < until:
        for number in numbers:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.01)


def find_marked(mark: str) -> Iterator[int]:
    """Find the numbers of the processes that started with the mark in their environment."""
    for file in PROCESSES.glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is another user's
            if f"{MARK}={mark}".encode() in file.read_bytes().split(b"\0"):
                yield int(file.parent.name)
