"""A step ends with the process that started it, whatever ended that, and takes along what it has started itself."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT
from operation.execution.steps.processes import run_script
from operation.tests.processes import are_gone, children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

# A step of each kind that starts a process and works on: both hang for good if nobody ends them.
HANGING = """
import os, subprocess, time
def main(argv):
    child = subprocess.Popen(["sleep", "300"])
    print(os.getpid(), child.pid, flush=True)
    time.sleep(300)
"""
PARENT = """
import sys, time
from pathlib import Path
from operation.execution.steps.processes import Processes
from operation.execution.values import Step
root, script = Path(sys.argv[1]), sys.argv[2]
Processes(root, 1).start(Step("hang", script, {}, {}, {}), [], root / "log")
time.sleep(300)
"""


WAITING = """
import sys
from pathlib import Path
from operation.execution.steps.processes import run_script
run_script([sys.argv[2]], Path(sys.argv[1]))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "hanging.py").write_text(HANGING + "main([])\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(HANGING)
    steps = Path("operation", "execution", "steps")
    (tmp_path / steps).mkdir(parents=True)
    for name in ("worker.py", "leash.py"):
        shutil.copy(ROOT / steps / name, tmp_path / steps / name)
    return tmp_path


@pytest.mark.parametrize("script", ["hanging.py", "package"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_step_and_what_it_started_end_with_a_parent_that_was_killed(
    root: Path, script: str, number: signal.Signals
) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, root, script], cwd=ROOT) as parent:
        while not (log := root / "log").exists() or not log.read_text().endswith("\n"):
            assert parent.poll() is None
            time.sleep(0.01)
        step, started = map(int, log.read_text().split())
        assert children(parent.pid) == [step, started]
        parent.send_signal(number)
    assert are_gone(step, started)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_script_and_what_it_started_end_with_who_waits_for_it(root: Path, number: signal.Signals) -> None:
    told = HANGING.replace("flush=True", "file=open('log', 'w'), flush=True")
    (root / "hanging.py").write_text(told + "main([])\n")
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, root, "hanging.py"], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as parent:
        while not (log := root / "log").exists() or not log.read_text().endswith("\n"):
            assert parent.poll() is None
            time.sleep(0.01)
        script, started = map(int, log.read_text().split())
        parent.send_signal(number)
    assert are_gone(script, started)


def test_a_script_that_takes_too_long_is_ended(root: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_script([str(root / "hanging.py")], root, 0.5)


def test_what_a_script_prints_is_returned_with_its_exit_code(root: Path) -> None:
    (root / "said.py").write_text("import sys\nprint('out', sys.stdin.read())\nsys.exit('no')\n")
    done = run_script([str(root / "said.py")], root, 60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "out \n", "no\n")
