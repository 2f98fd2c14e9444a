"""A run that dies, at whatever moment, leaves the registry as it was, and the next run works."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.local.database import Database
from operation.execution.configuration.sections import Configuration
from operation.execution.training import train
from operation.execution.values import ModelVersion
from operation.tests.integration.conftest import Invoke, configured
from operation.tests.integration.verbs_at_work import at_work, wait_for
from operation.tests.parcels import own_repository
from operation.tests.processes import are_gone, children

MODEL = "parcel-delays"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX's")


@pytest.fixture
def outputs(trained: Configuration, tmp_path: Path) -> Path:
    """A copy of them, for the test to ruin."""
    return Path(shutil.copytree(trained.common_outputs, tmp_path / "outputs"))


@pytest.fixture(scope="module")
def refused(trained: Configuration, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of them with one more run, which is not registered yet, because the gate refused it."""
    outputs = Path(shutil.copytree(trained.common_outputs, tmp_path_factory.mktemp("refused") / "outputs"))
    with pytest.raises(OperationError, match=r"is below 0\.95"):
        train.train(configured(sample, outputs, "training.trees=29", "gate.at_least.roc_auc=0.95"))
    return outputs


def versions(outputs: Path) -> list[ModelVersion]:
    return connect(configured(Path("nowhere"), outputs)).registry.versions(MODEL)


@pytest.mark.parametrize("moment", ["prepare", "evaluate"])
def test_a_killed_run_leaves_the_registry_as_it_was(sample: Path, outputs: Path, moment: str) -> None:
    before = versions(outputs)
    with at_work("train", sample, outputs, "--force") as process:
        wait_for(process, moment)
        process.send_signal(signal.SIGKILL)
    assert versions(outputs) == before


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.2])
def test_a_registration_killed_at_any_moment_is_whole_or_not_there(
    sample: Path, refused: Path, tmp_path: Path, delay: float
) -> None:
    outputs = Path(shutil.copytree(refused, tmp_path / "outputs"))
    (first,) = versions(outputs)
    with at_work("register", sample, outputs) as process:
        wait_for(process, "gate")
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    found = versions(outputs)
    assert [one.version for one in found if one.champion] == [1]
    assert found[-1] == first
    for model in found:
        assert {"verdict", "data_sha256", "metric.roc_auc"} <= set(model.tags)
        connect(configured(sample, outputs)).registry.fetch(model, tmp_path / f"version-{model.version}")
        assert (tmp_path / f"version-{model.version}" / "model_card.md").is_file()


def test_a_process_killed_while_it_makes_the_database_does_not_stop_the_next(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from operation.execution.backends.local.database import Database; "
    words = [sys.executable, "-c", code + "Database(Path(sys.argv[1])).client", str(tmp_path)]
    with subprocess.Popen(words, cwd=own_repository()) as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(".new-*/mlflow.db")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
    assert not (tmp_path / "mlflow.db").exists()
    assert [one.name for one in Database(tmp_path).client.search_experiments()] == []


@pytest.mark.parametrize("whole_group", [True, False], ids=["from-a-terminal", "to-invoke-alone"])
def test_an_interrupt_stops_the_steps_and_ends_with_130(sample: Path, outputs: Path, whole_group: bool) -> None:
    before = versions(outputs)
    with at_work("train", sample, outputs, "--force") as process:
        wait_for(process, "prepare")
        time.sleep(0.5)
        steps = children(process.pid)
        assert steps
        os.killpg(process.pid, signal.SIGINT) if whole_group else process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert are_gone(*steps)
        assert process.stderr is not None
        printed = process.stderr.read()
    assert "Interrupted: running steps were stopped." in printed
    assert "Traceback" not in printed
    assert versions(outputs) == before


def test_a_second_run_at_the_same_time_is_refused_and_the_first_goes_on(
    invoke: Invoke, sample: Path, outputs: Path
) -> None:
    with at_work("train", sample, outputs, "--force", "--set", "training.trees=29") as process:
        wait_for(process, "data")
        second = invoke("train", outputs)
        assert second.returncode == 1
        assert f"Another command is using {outputs / 'parcels'}" in second.stderr
        assert process.wait(120) == 0
    assert [(one.version, one.champion) for one in versions(outputs)] == [(2, False), (1, True)]
