"""Run the steps of one package one after the other, in a process that imports what they need only once.

`python -m operation.execution.steps.worker PACKAGE` reads one job a line from stdin, {"argv": [...], "log": path}, runs
the package's `main(argv)` with its output going to the log, and answers each job with one line, the exit code. It ends
with its stdin: when the parent closes the pipe, or dies, then in the middle of a job too.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

from operation.execution.steps.leash import end_all

LOOKING = 0.5  # seconds

Main = Callable[[Sequence[str]], int]


def main() -> int:
    """Work until there are no more jobs."""
    # A copy of stdout, for `work` points descriptor 1 to the log: a stray print must not look like an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    jobs: SimpleQueue[str | None] = SimpleQueue()
    idle = Event()
    Thread(target=_read, args=(jobs, idle), daemon=True).start()  # before the import, which takes seconds
    run: Main = import_module(f"{sys.argv[1]}.__main__").main
    while True:
        idle.set()
        if (line := jobs.get()) is None:
            return 0
        idle.clear()
        job = json.loads(line)
        print(work(run, job["argv"], Path(job["log"])), file=answers, flush=True)


def _read(jobs: "SimpleQueue[str | None]", idle: Event) -> None:
    """Pass the jobs on; at the end of stdin, end the process in the middle of one, for nobody waits for it."""
    for line in sys.stdin:
        jobs.put(line)
    jobs.put(None)
    while idle.is_set():  # then `main` is about to return
        time.sleep(LOOKING)
    end_all()


def work(run: Main, argv: Sequence[str], log_file: Path) -> int:
    """Run one job and return the exit code that a process of its own would have ended with."""
    with log_file.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        for descriptor in (1, 2):  # for libraries in C, which print without asking Python
            os.dup2(log.fileno(), descriptor)
        try:
            return run(argv)
        except SystemExit as end:  # from argparse, for wrong arguments
            return end.code if isinstance(end.code, int) else 1
        except Exception:  # noqa: BLE001  do what Python does with an uncaught one, but live on for the next job
            traceback.print_exc()
            return 1


if __name__ == "__main__":
    # No clean-up: tearing down what was imported takes most of a second, and `Processes.stop` waits for the end. The
    # outputs are closed by then, each job's log by its own block, and answers are flushed one by one.
    os._exit(main())
