"""The processes of the steps at work: one for each core script, and one for all the steps of a package."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, cast

from operation.execution.values import Step

WORKER = "operation.execution.steps.worker"
# Libraries that take as many threads as the machine has cores unless they are told; scripts are told by --threads.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Processes:
    """Starts steps of the repository at `root`; `ended` gets each with its exit code, or None from who cancels."""

    def __init__(self, root: Path, threads: int) -> None:
        """Start nothing yet."""
        self.ended: SimpleQueue[tuple[Step, int] | None] = SimpleQueue()
        self._root = root
        self._environment = os.environ | dict.fromkeys(THREADS, str(threads))
        self._working: dict[str, subprocess.Popen[bytes]] = {}
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._leaving: list[subprocess.Popen[bytes]] = []

    def __len__(self) -> int:
        """How many steps are at work."""
        return len(self._working)

    def __contains__(self, step: Step) -> bool:
        """Whether the step is at work."""
        return step.name in self._working

    def busy(self, step: Step) -> bool:
        """Whether the process that would run the step is at work on another."""
        return self._workers.get(step.script) in self._working.values()

    def start(self, step: Step, words: Sequence[str], log: Path) -> None:
        """Run the step with these words, writing what it prints to the log."""
        log.write_bytes(b"")
        script = self._root / step.script
        if script.is_dir():
            self._give(step, words, log)
        else:
            process = self._popen([str(script), *words], log, stdin=subprocess.DEVNULL, stdout=subprocess.STDOUT)
            self._watch(step, process, process.wait)

    def finish(self, step: Step, last: bool) -> None:
        """Forget the step, which has ended; after the last of its package, let go of what that has in memory."""
        del self._working[step.name]
        if last and (worker := self._workers.pop(step.script, None)):
            _close(worker)
            self._leaving.append(worker)  # it takes a while to clear up, which nobody has to wait for

    def rest(self) -> None:
        """Let go of what packages have in memory, while no step is at work."""
        for worker in self._workers.values():
            _close(worker)
        self._leaving += self._workers.values()
        self._workers.clear()

    def stop(self) -> list[str]:
        """Stop the steps at work and wait until every process is gone; returns the steps' names."""
        names = list(self._working)
        for process in {*self._working.values(), *self._workers.values()}:
            process.terminate()
        for worker in self._workers.values():
            _close(worker)
        for process in {*self._working.values(), *self._workers.values(), *self._leaving}:
            process.wait()
        self._working.clear()
        self._workers.clear()
        return names

    def _give(self, step: Step, words: Sequence[str], log: Path) -> None:
        """Have the package's worker run the step; there is one answer for each job, so nobody else reads it."""
        worker = self._workers.get(step.script)
        if worker and worker.poll() is not None:  # one that waited for long may have been killed
            _close(worker)
            worker = None
        if worker is None:
            package = step.script.replace("/", ".")
            worker = self._popen(["-m", WORKER, package], log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._workers[step.script] = worker
        jobs, _ = _pipes(worker)
        jobs.write(json.dumps({"argv": words, "log": str(log)}).encode() + b"\n")
        jobs.flush()
        self._watch(step, worker, lambda: _answer(worker))

    def _popen(self, words: Sequence[str], log: Path, stdin: int, stdout: int) -> "subprocess.Popen[bytes]":
        with log.open("ab") as stream:
            out = stream if stdout == subprocess.STDOUT else stdout
            return subprocess.Popen(
                [sys.executable, *words], cwd=self._root, env=self._environment, stdin=stdin, stdout=out, stderr=stream
            )

    def _watch(self, step: Step, process: "subprocess.Popen[bytes]", wait: Callable[[], int]) -> None:
        self._working[step.name] = process
        Thread(target=lambda: self.ended.put((step, wait())), daemon=True).start()


def _answer(worker: "subprocess.Popen[bytes]") -> int:
    """The exit code of its job; if it dies over it, its own."""
    _, answers = _pipes(worker)
    line = answers.readline()
    return int(line) if line else worker.wait() or 1


def _close(worker: "subprocess.Popen[bytes]") -> None:
    """Without jobs to come, it ends; what a dead one was still to get is lost with it."""
    jobs, answers = _pipes(worker)
    with suppress(OSError):
        jobs.close()
    answers.close()


def _pipes(worker: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    return cast(IO[bytes], worker.stdin), cast(IO[bytes], worker.stdout)
