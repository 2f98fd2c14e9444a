"""An interrupt stops a run wholly, however often Ctrl-C is pressed."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from operation.execution.backends.local.runs import Runs
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.training.follow import follow
from operation.execution.values import Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX's")
RUN = Run("a-run", "running", Path("a-run"))


def press() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)  # in which Python raises


class Interrupted(Runs):
    """Runs in which Ctrl-C is pressed while one is at work, and again while it is stopped."""

    stopped = False

    def wait(self, run: Run, listener: object) -> Run:
        del listener
        press()
        return run

    def cancel(self, run: Run) -> None:
        del run
        press()
        self.stopped = True


def test_a_second_interrupt_does_not_break_off_what_stops_the_run(tmp_path: Path) -> None:
    runs, before = Interrupted(tmp_path, Machine(tmp_path, Cache(tmp_path, print), 1)), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        follow(runs, RUN)
    assert runs.stopped
    assert signal.getsignal(signal.SIGINT) == before
