"""What a small command takes is measured with its children, and a failed one is no measurement."""

import subprocess
import sys
from pathlib import Path

import pytest

from operation.tests.bench.measuring import measure

WORKER = "import time; held = b'x' * 60_000_000; time.sleep(0.3); print('held', flush=True)"
PARENT = f"import subprocess, sys; held = b'x' * 60_000_000; subprocess.run([sys.executable, '-c', {WORKER!r}])"


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory of all processes is sampled from /proc")
def test_the_memory_of_a_child_adds_to_that_of_its_parent(tmp_path: Path) -> None:
    taken = measure([sys.executable, "-c", PARENT], tmp_path)
    assert taken.largest > 60
    assert 120 < taken.tree < 200
    assert taken.output == "held\n"


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        measure([sys.executable, "-c", "raise SystemExit('no data')"], tmp_path)
    assert failed.value.output == "no data\n"
