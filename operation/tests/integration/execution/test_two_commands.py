"""What one command leaves alone of another one that is at work."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.outputs import hold
from operation.execution.temporary import temporary_folder

HOLD = """
import sys, time
from pathlib import Path
from operation.execution.outputs import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
KEEP = """
import sys, time
from pathlib import Path
from operation.execution.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(OperationError, match=r"Another command is using .*backend\.outputs"), hold(tmp_path):
            pass
        other.kill()
        other.wait()
    with hold(tmp_path):
        assert (tmp_path / ".lock").exists()


@contextmanager
def at_work(place: Path) -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """Another process that has a temporary folder in that place."""
    command = [sys.executable, "-c", KEEP, str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_the_next_command_deletes_what_a_killed_one_left_and_nothing_of_a_living_one(tmp_path: Path) -> None:
    with at_work(tmp_path) as (living, kept), at_work(tmp_path) as (killed, left):
        killed.send_signal(signal.SIGTERM)  # which Python does not answer, as it does not answer kill -9
        killed.wait()
        os.utime(kept.parent, (0, 0))
        assert left.exists()
        with temporary_folder(tmp_path):
            assert (kept.exists(), left.parent.exists(), living.poll()) == (True, False, None)
