"""`kill -9` of a command ends its steps too, and what it leaves is named by doctor and cleared by the next command."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from operation.execution.backends.local.database import Database
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import hold
from operation.tests.integration.conftest import Invoke, command
from operation.tests.integration.verbs_at_work import at_work, wait_for
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import own_repository
from operation.tests.processes import are_gone, children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def outputs(trained: Configuration, tmp_path: Path) -> Path:
    """The outputs of the use case: commands are given the folder above."""
    outputs = Path(shutil.copytree(trained.outputs, tmp_path / "outputs" / "parcels"))
    Database(outputs / "mlflow").check()  # which brings its addresses up to date
    return outputs


def statuses(outputs: Path) -> list[str]:
    return [json.loads(file.read_text())["status"] for file in sorted(outputs.glob("runs/*/run.json"))]


def test_a_killed_training_is_named_by_doctor_and_cleared_by_the_next_command(
    invoke: Invoke, sample: Path, outputs: Path
) -> None:
    with at_work("train", sample, outputs.parent, "--force", "--set", "training.trees=1000") as process:
        wait_for(process, "prepare")
        steps = children(process.pid)
        assert steps
        process.kill()
    assert are_gone(*steps)
    assert statuses(outputs) == ["completed", "running"]
    killed = sorted(path.name for path in (outputs / "runs").iterdir())[-1]
    assert f"left by a killed command, for the next to clear: run {killed}" in invoke("doctor", outputs.parent).stdout
    assert f"Cleared what a killed command left: run {killed} (cancelled)" in invoke("promote", outputs.parent).stdout
    assert statuses(outputs) == ["completed", "cancelled"]
    assert "killed command" not in invoke("doctor", outputs.parent).stdout


PARTS = (
    "mlflow/.new-x1y2z3_4/mlflow.db",
    "data/.raw.partial/parcels.parquet",
    "runs/20260101-000000-000000/.model.taken/model.onnx",
    "runs/20260101-000000-000000/validate-raw/.partial/record.json",
    f"mlflow/.versions.json.{'0' * 32}",
)


def plant(outputs: Path) -> None:
    for name in PARTS:
        (outputs / name).parent.mkdir(parents=True, exist_ok=True)
        (outputs / name).write_text("half")


def test_unfinished_files_are_cleared_and_others_stay(invoke: Invoke, outputs: Path) -> None:
    plant(outputs)
    (outputs / "data" / ".keep").write_text("")
    result = invoke("promote", outputs.parent)
    assert result.stdout.count("Cleared what a killed command left") == len(PARTS)
    assert not any((outputs / name).exists() for name in PARTS)
    assert (outputs / "data" / ".keep").exists()


def test_what_a_living_command_writes_stays(invoke: Invoke, outputs: Path) -> None:
    plant(outputs)
    with hold(outputs):
        for verb in ("promote", "doctor"):
            result = invoke(verb, outputs.parent)
            assert result.returncode == 1
            assert f"Another command is using {outputs}" in result.stdout + result.stderr
    assert all((outputs / name).exists() for name in PARTS)


def in_mlflow(outputs: Path) -> dict[str, tuple[str, int]]:
    """Status and number of metrics of each run by its name."""
    with closing(sqlite3.connect(outputs / "mlflow" / "mlflow.db")) as connection:
        query = "SELECT name, status, (SELECT count(*) FROM metrics m WHERE m.run_uuid = runs.run_uuid) FROM runs"
        return {name: (status, metrics) for name, status, metrics in connection.execute(query)}


def test_a_recording_that_was_killed_is_brought_to_its_end(invoke: Invoke, outputs: Path) -> None:
    ((run, whole),) = in_mlflow(outputs).items()
    with closing(sqlite3.connect(outputs / "mlflow" / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE runs SET status = 'RUNNING', end_time = NULL")
        connection.execute("DELETE FROM metrics")
    assert f"run {run} in MLflow" in invoke("doctor", outputs.parent).stdout
    assert f"Cleared what a killed command left: run {run} in MLflow" in invoke("promote", outputs.parent).stdout
    assert in_mlflow(outputs) == {run: whole}


def test_a_recording_whose_run_is_gone_is_marked_as_killed(invoke: Invoke, outputs: Path) -> None:
    (run,) = in_mlflow(outputs)
    with closing(sqlite3.connect(outputs / "mlflow" / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE runs SET status = 'RUNNING', end_time = NULL")
    shutil.rmtree(outputs / "runs")
    assert invoke("promote", outputs.parent).returncode == 0
    assert in_mlflow(outputs)[run][0] == "KILLED"


# No file may grow beyond 2 KB: SQLite's journal does. Whoever is root can fill a disk, anybody can do this.
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_disk_that_takes_no_more_inside_mlflow_is_one_message(outputs: Path) -> None:
    with closing(sqlite3.connect(outputs / "mlflow" / "mlflow.db")) as connection, connection:
        connection.execute("DELETE FROM registered_model_aliases")
    words = [sys.executable, "-c", LIMITED, *command("promote", [f"backend.outputs={outputs.parent}"])]
    result = subprocess.run(words, cwd=own_repository(), env=unmeasured(), capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "SQLite cannot use its database: disk I/O error. Free some space or allow it, and run again."
    ]
