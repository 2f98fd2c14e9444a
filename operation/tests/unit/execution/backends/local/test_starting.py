"""Waiting for a process that was started: it is ready, or it runs no more."""

import os
import sys
import time
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.local.services import background
from operation.execution.backends.local.services.background import Process, is_running, start, stop
from operation.execution.backends.local.services.starting import _wait

LOG = "log.txt"


def sleeping(folder: Path, seconds: float) -> Process:
    return start(["-c", f"import time; print('started', flush=True); time.sleep({seconds})"], folder / LOG, os.environ)


def interrupt() -> int | None:
    raise KeyboardInterrupt


def test_a_process_that_is_ready_runs_on(tmp_path: Path) -> None:
    process = sleeping(tmp_path, 60)
    assert _wait("It", process, tmp_path / LOG, 60, lambda: 8000) == 8000
    assert is_running(process)
    stop(process, 1)


def test_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    process = sleeping(tmp_path, 60)
    with pytest.raises(KeyboardInterrupt):
        _wait("It", process, tmp_path / LOG, 60, interrupt)
    assert not is_running(process)


def test_a_process_that_is_not_ready_in_time_is_ended(tmp_path: Path) -> None:
    process = sleeping(tmp_path, 60)
    with pytest.raises(OperationError, match=r"^It was not ready after 0\.1 s\."):
        _wait("It", process, tmp_path / LOG, 0.1, lambda: None)
    assert not is_running(process)


def test_the_end_of_the_log_explains_a_process_that_ended(tmp_path: Path) -> None:
    process = sleeping(tmp_path, 0)
    while is_running(process):
        time.sleep(0.01)
    with pytest.raises(OperationError, match=r"^It ended at its start\. Its log ends:\n  started$"):
        _wait("It", process, tmp_path / LOG, 60, lambda: None)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process starts at a time of the clock")
def test_a_process_is_another_after_a_restart_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = sleeping(tmp_path, 60)
    monkeypatch.setattr(background, "_boot", lambda: "another")
    assert not is_running(process)
    monkeypatch.undo()
    stop(process, 1)
