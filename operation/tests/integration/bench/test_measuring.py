"""What a small command takes is measured with its children, and a failed one is no measurement."""

import subprocess
import sys
from pathlib import Path

import pytest

from operation.tests.bench.measuring import measure

WORKER = "import time; held = b'x' * 60_000_000; time.sleep(0.3); print('held', flush=True)"
PARENT = f"import subprocess, sys; held = b'x' * 60_000_000; subprocess.run([sys.executable, '-c', {WORKER!r}])"
FORKED = """
import os, time
held = b'x' * 120_000_000
child = os.fork()
time.sleep(0.5)
if child:
    os.wait()
"""
sampled = pytest.mark.skipif(not Path("/proc").exists(), reason="memory of all processes is sampled from /proc")


@sampled
def test_the_memory_of_a_child_adds_to_that_of_its_parent(tmp_path: Path) -> None:
    taken = measure([sys.executable, "-c", PARENT], tmp_path)
    assert 120 < taken.tree < 200
    assert taken.output == "held\n"


@sampled
def test_memory_that_two_processes_share_counts_once(tmp_path: Path) -> None:
    taken = measure([sys.executable, "-c", FORKED], tmp_path)
    assert 120 < taken.tree < 180


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        measure([sys.executable, "-c", "raise SystemExit('no data')"], tmp_path)
    assert failed.value.output == "no data\n"
