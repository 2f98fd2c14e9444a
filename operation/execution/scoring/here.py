"""Run a script that scores on this machine, into a folder of the user's: parts of a killed command are kept there."""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from operation import console
from operation.errors import OperationError, uninterrupted
from operation.execution.steps.processes import LEASH, OWN_GROUP, THREADS, UTF_8

# Arrow's allocator gives memory back after 10 ms without use, and scoring a batch takes longer: the next batch would
# ask the system for the same pages again, which costs a tenth of all but the model's own work. -1 is never.
KEPT_MEMORY = {"MIMALLOC_PURGE_DELAY": "-1"}
LINES = 20  # of what the script has printed last, to explain a failure


def run_here(script: Path, words: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run the script to its end, with more variables; what it prints is shown in a terminal as its progress.

    Raises:
        OperationError: it failed; the message is what it printed last.
    """
    display, name, printed = console.StepDisplay(), "score", deque[str](maxlen=LINES)
    display.start(name)
    process = _start(script, words, variables)
    try:
        for line in cast(IO[str], process.stdout):
            printed.append(line.rstrip())
            display.tell(name, printed[-1])
        code = process.wait()
    except BaseException:  # an interrupt, too: the script's processes must not outlive this one
        with uninterrupted():
            _end(process)
            display.end(name, "stopped")
        raise
    finally:
        for pipe in (process.stdin, process.stdout):
            cast(IO[str], pipe).close()
    display.end(name, "failed" if code else "done", "" if code else "".join([*printed][-1:]))
    if code:
        errors = [line.removeprefix("error: ") for line in printed if line.startswith("error: ")]
        raise OperationError("\n".join(errors or printed) or f"{script.name} ended with exit code {code}.")


def _start(script: Path, words: Sequence[str], variables: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(LEASH), str(script), *words],
        env={**os.environ, **UTF_8, **dict.fromkeys(THREADS, "1"), **KEPT_MEMORY, **variables},
        stdin=subprocess.PIPE,  # at whose end the script ends: also when this process is killed
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **OWN_GROUP,
    )


def _end(process: "subprocess.Popen[str]") -> None:
    if sys.platform == "win32":
        process.terminate()
    elif process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    process.wait()
