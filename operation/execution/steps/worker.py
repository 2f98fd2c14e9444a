"""A process that runs the steps of one package, one after the other, so that what they import is imported once.

`python -m operation.execution.steps.worker PACKAGE` reads a job a line from stdin, {"argv": [...], "log": path}, runs
the package's `main(argv)` with what it prints going to the log, and answers with a line: the exit code.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

Main = Callable[[Sequence[str]], int]


def main() -> int:
    """Work until there are no more jobs."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    run: Main = import_module(f"{sys.argv[1]}.__main__").main
    for line in sys.stdin:
        job = json.loads(line)
        print(work(run, job["argv"], Path(job["log"])), file=answers, flush=True)
    return 0


def work(run: Main, argv: Sequence[str], log_file: Path) -> int:
    """The exit code that a process of its own would have ended with."""
    with log_file.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        for descriptor in (1, 2):  # what libraries print without asking Python
            os.dup2(log.fileno(), descriptor)
        try:
            return run(argv)
        except SystemExit as end:  # argparse, of arguments that are wrong
            return end.code if isinstance(end.code, int) else 1
        except Exception:  # noqa: BLE001  as Python does with what nobody catches
            traceback.print_exc()
            return 1


if __name__ == "__main__":
    os._exit(main())  # what it has imported takes most of a second to clear up, and somebody waits for that
