"""An interrupt stops a run wholly, however often Ctrl-C is pressed; only what is whole counts as done before."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from operation.execution.backends.local.runs import Runs
from operation.execution.file_hashes import sign
from operation.execution.steps.cache import Cache
from operation.execution.steps.scheduler import Machine
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done, follow
from operation.execution.values import Run, Step
from operation.tests.parcels import load

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


class Done(Runs):
    """Runs of which two have done the same before."""

    def find_same(
        self, steps: Sequence[Step], folders: Mapping[str, Path], ignoring: Collection[str] = ()
    ) -> Iterator[Run]:
        return (Run(name, "completed", self._folder / name) for name in ("newer", "older"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "train.parquet").write_bytes(b"other bytes"),
        lambda folder: (folder / "train.parquet").unlink(),
        lambda folder: (folder / "sha256.json").write_text("[]"),
        shutil.rmtree,
    ],
    ids=["changed", "deleted", "no hashes", "all of it"],
)
def test_a_run_whose_outputs_are_damaged_has_not_done_it(
    damage: Callable[[Path], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("newer", "older"):
        (tmp_path / name / "prepared").mkdir(parents=True)
        (tmp_path / name / "prepared" / "train.parquet").write_bytes(b"rows")
        (tmp_path / name / "prepared" / "metrics.json").write_text("{}")
        sign(tmp_path / name / "prepared")
    runs, steps = Done(tmp_path, Machine(tmp_path, Cache(tmp_path, print), 1)), [pipeline.prepare(load())]
    assert find_done(runs, steps, {}) == Run("newer", "completed", tmp_path / "newer")
    damage(tmp_path / "newer" / "prepared")
    assert find_done(runs, steps, {}) == Run("older", "completed", tmp_path / "older")
    assert "Run newer did this before and is passed over: " in capsys.readouterr().out
