"""Processes end in time, with all that they have started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.ado.running.processes import Processes, TimedOutError
from operation.ado.running.repository import git
from operation.execution.configuration import ROOT
from operation.tests.ado.running.conftest import IDENTITY
from operation.tests.interrupts import unmeasured
from operation.tests.processes import are_gone


def test_a_process_that_takes_too_long_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    processes, until = Processes(), time.monotonic() + 0.5
    with pytest.raises(TimedOutError):
        processes.run(["bash", "-c", "sleep 300 & echo $! > started; wait"], tmp_path, os.environ, print, until=until)
    processes.stop()
    assert are_gone(int((tmp_path / "started").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_run_and_every_process_of_it(
    number: signal.Signals, repository: Path, tmp_path: Path
) -> None:
    (repository / "pipeline.yml").write_text(
        "steps:\n- script: 'sleep 300 & echo $! > ../../../../../../started; wait'\n"
    )
    git(repository, "add", ".")
    git(repository, *IDENTITY, "commit", "--quiet", "--message", "Add a pipeline")
    code = "import sys; from pathlib import Path; from operation.ado.running.run import run_and_say\n"
    code += "run_and_say(Path(sys.argv[1]), 'pipeline.yml')"
    command = [sys.executable, "-c", code, str(repository)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=unmeasured(), stdout=pipe, stderr=pipe) as process:
        started = repository / "started"
        until = time.monotonic() + 30
        while not (started.exists() and started.read_text()):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    assert are_gone(int(started.read_text()))
