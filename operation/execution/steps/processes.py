"""Start and stop the processes of steps: one for each core script, and one worker for all the steps of a package.

A core script runs as anybody would run it. The steps of a package, which are ours, share a process (worker.py), since
importing Great Expectations takes longer than the checks do. Both end when this process does (leash.py).
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import MappingProxyType
from typing import IO, Any, cast

from operation.execution.values import Step

WORKER = "operation.execution.steps.worker"
NOTHING: Mapping[str, str] = MappingProxyType({})
LEASH = Path(__file__).with_name("leash.py")
# Each step leads a group of its own, so that what it has started can be ended with it.
OWN_GROUP: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}
# What is printed is read as that, in whichever encoding the terminal of the command is.
UTF_8 = {"PYTHONIOENCODING": "utf-8"}
# Libraries take as many threads as the machine has cores unless these say otherwise. Several steps at once would then
# fight for every core. Scripts pass --threads to what takes an argument; the rest can only be told before it is loaded.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Processes:
    """Starts steps of the repository at `root`.

    `ended` gets each step with its exit code, from a thread that waits for it. Whoever wants to end the waiting puts
    None there. All else happens in the thread of the owner, so that nothing needs a lock.
    """

    def __init__(self, root: Path, threads: int) -> None:
        """Start nothing yet."""
        self.ended: SimpleQueue[tuple[Step, int] | None] = SimpleQueue()
        self._root = root
        self._environment = os.environ | UTF_8 | dict.fromkeys(THREADS, str(threads))
        self._working: dict[str, subprocess.Popen[bytes]] = {}
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._leaving: list[subprocess.Popen[bytes]] = []

    def __len__(self) -> int:
        """Count the steps at work."""
        return len(self._working)

    def __contains__(self, step: Step) -> bool:
        """Say whether the step is at work."""
        return step.name in self._working

    def busy(self, step: Step) -> bool:
        """Say whether the worker that would run the step is at work on another."""
        return self._workers.get(step.script) in self._working.values()

    def start(self, step: Step, words: Sequence[str], log: Path) -> None:
        """Run the step with this command line; what it prints goes to the log."""
        log.write_bytes(b"")
        script = self._root / step.script
        if script.is_dir():
            self._hand_over(step, words, log)
        else:
            process = self._popen([str(LEASH), str(script), *words], log, stdout=subprocess.STDOUT)
            self._watch(step, process, lambda: _wait_for_end(process))

    def finish(self, step: Step, last: bool) -> None:
        """Forget a step that has ended; after the last of its package, let the worker go, and its memory with it."""
        del self._working[step.name]
        if last and (worker := self._workers.pop(step.script, None)):
            _close(worker)
            self._leaving.append(worker)  # the operating system takes a while to reclaim the memory; wait in `stop`

    def rest(self) -> None:
        """Let the workers go while no step is at work, for instance until a job elsewhere has ended."""
        for worker in self._workers.values():
            _close(worker)
        self._leaving += self._workers.values()
        self._workers.clear()

    def stop(self, spared: Collection[str] = ()) -> list[str]:
        """Stop the steps at work but those `spared`, and wait until their processes are gone; returns their names.

        Waiting matters: a step that still writes would spoil the folder for whoever uses it next, or outlive us.
        """
        kept = {name: process for name, process in self._working.items() if name in spared}
        stopped = [name for name in self._working if name not in kept]
        ending = {*self._working.values(), *self._workers.values()} - {*kept.values()}
        leaving = [worker for worker in self._workers.values() if worker in ending]
        # All are told before any is waited for, so that this takes as long as the slowest.
        for process in ending:
            _terminate(process)
        for worker in leaving:
            _close(worker)
        for process in {*ending, *self._leaving}:
            process.wait()
        self._working = kept
        self._workers = {script: worker for script, worker in self._workers.items() if worker not in ending}
        return stopped

    def _hand_over(self, step: Step, words: Sequence[str], log: Path) -> None:
        """Hand the step to the package's worker, and start that first if there is none.

        `busy` keeps a worker to one job at a time, so the next line it answers belongs to this step.
        """
        worker = self._workers.get(step.script)
        if worker and worker.poll() is not None:  # killed while it had nothing to do, by the user or for its memory
            _close(worker)
            worker = None
        if worker is None:
            package = step.script.replace("/", ".")
            worker = self._popen(["-m", WORKER, package], log, stdout=subprocess.PIPE)
            self._workers[step.script] = worker
        jobs, _ = _pipes(worker)
        jobs.write(json.dumps({"argv": words, "log": str(log)}).encode() + b"\n")
        jobs.flush()
        self._watch(step, worker, lambda: _wait_for_answer(worker))

    def _popen(self, words: Sequence[str], log: Path, stdout: int) -> "subprocess.Popen[bytes]":
        # What a worker prints before its first job, such as a failed import, is in the log of the step that started it.
        with log.open("ab") as stream:
            out = stream if stdout == subprocess.STDOUT else stdout
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=stream,
                **OWN_GROUP,
            )

    def _watch(self, step: Step, process: "subprocess.Popen[bytes]", wait: Callable[[], int]) -> None:
        self._working[step.name] = process
        # A thread for each step, since no call waits for several processes at once on every system.
        Thread(target=lambda: self.ended.put((step, wait())), daemon=True).start()


def run_script(
    words: Sequence[str],
    folder: Path,
    seconds: float | None = None,
    variables: Mapping[str, str] = NOTHING,
    python: str = sys.executable,
) -> "subprocess.CompletedProcess[str]":
    """Run a Python script, which the first word names, to its end; it ends with this process, as steps do.

    After `-m`, the second word names a module. `variables` are added to the environment.

    Raises:
        TimeoutExpired: it took longer than so many seconds, and was ended.
    """
    its_end, ours = os.pipe()  # not a pipe of `communicate`, which would close it at once
    command, pipe = [python, str(LEASH), *words], subprocess.PIPE
    try:
        with subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **UTF_8, **variables},
            stdin=its_end,
            stdout=pipe,
            stderr=pipe,
            encoding="utf-8",
            errors="replace",
            **OWN_GROUP,
        ) as process:
            try:
                output, errors = process.communicate(timeout=seconds)
            except BaseException:  # an interrupt, too
                _terminate(process)
                raise
        return subprocess.CompletedProcess(command, process.returncode, output, errors)
    finally:
        os.close(its_end)
        os.close(ours)


def _wait_for_end(process: "subprocess.Popen[bytes]") -> int:
    """Wait for the exit code, and only then close the pipe, at whose end the process would die."""
    code = process.wait()
    cast(IO[bytes], process.stdin).close()
    return code


def _terminate(process: "subprocess.Popen[Any]") -> None:
    """Ask the process, and what it has started, to end."""
    if sys.platform == "win32":
        process.terminate()
    elif process.poll() is None:  # else its number may be another's by now
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def _wait_for_answer(worker: "subprocess.Popen[bytes]") -> int:
    """Wait for the exit code of the worker's job; if the worker dies over it, for its own.

    No line means that the worker is gone. It then never ends with 0 for us, for it has not done the job.
    """
    _, answers = _pipes(worker)
    line = answers.readline()
    return int(line) if line else worker.wait() or 1


def _close(worker: "subprocess.Popen[bytes]") -> None:
    """Close the pipes, at which a worker ends; a dead one cannot take what is left in the buffer: no loss."""
    jobs, answers = _pipes(worker)
    with suppress(OSError):
        jobs.close()
    answers.close()


def _pipes(worker: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    return cast(IO[bytes], worker.stdin), cast(IO[bytes], worker.stdout)
