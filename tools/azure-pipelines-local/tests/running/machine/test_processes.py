"""Processes end in time, with all that they started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from azure_pipelines_local.git import git
from azure_pipelines_local.running.machine.processes import Processes, TimedOutError
from helpers.interrupts import unmeasured
from helpers.processes import are_gone
from running.conftest import IDENTITY

LONG = 120.0  # seconds, in which all is imported and started, and ended


def test_a_process_that_takes_too_long_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    processes, started = Processes(), tmp_path / "started"
    command = ["bash", "-c", "sleep 300 & echo $! > started; wait"]
    for seconds in (0.5, 5, 60):  # a machine with much to do may take long to start it
        with pytest.raises(TimedOutError):
            processes.run(command, tmp_path, os.environ, print, until=time.monotonic() + seconds)
        if started.exists() and started.read_text():
            break
    processes.stop()
    assert are_gone(int(started.read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_the_run_and_every_process_of_it(
    number: signal.Signals, repository: Path, tmp_path: Path
) -> None:
    (repository / "pipeline.yml").write_text(
        "steps:\n- script: 'setsid sleep 300 & echo $! > ../../../../../started; wait'\n"
    )
    git(repository, "add", ".")
    git(repository, *IDENTITY, "commit", "--quiet", "--message", "Add a pipeline")
    code = "import sys; from pathlib import Path\n"
    code += "from azure_pipelines_local.project import Project\n"
    code += "from azure_pipelines_local.running.work.run_pipeline import run_and_say\n"
    code += "run_and_say(Project(Path(sys.argv[1])), 'pipeline.yml')"
    command = [sys.executable, "-c", code, str(repository)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=unmeasured(), stdout=pipe, stderr=pipe) as process:
        started = repository / "started"
        until = time.monotonic() + LONG
        while not (started.exists() and started.read_text()):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=LONG)
    assert b"KeyboardInterrupt" in errors
    assert are_gone(int(started.read_text()))
    assert list(repository.joinpath(".azure-pipelines-local").rglob("_temp")) == []  # scripts in it may hold secrets


def test_a_hang_up_that_is_ignored_as_by_nohup_stays_so() -> None:
    code = "import os, signal; from azure_pipelines_local.running.machine.interrupts import interrupt_on_signals\n"
    code += "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    code += "with interrupt_on_signals(): os.kill(os.getpid(), signal.SIGHUP); print('on')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "on\n"
