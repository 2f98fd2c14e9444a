"""The verbs as people type them, against an offline workspace that is announced to the shell: real processes."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from azureml_offline import OfflineWorkspace

from operation.execution.backends import connect
from operation.execution.json_files import read_json
from operation.tests.azureml.parts import QUIET
from operation.tests.integration.conftest import CHANGED
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import load_own, own_repository

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
Invoke = Callable[..., subprocess.CompletedProcess[str]]
MODEL = "verbs"  # other tests have models of their own in the same workspace
FAST = ["backend.cache=cache/steps", *CHANGED]
RUN = re.compile(r"Run (\S+) goes on")


def command(verb: str, sample: Path, outputs: Path, words: Sequence[str] = ()) -> list[str]:
    settings = [f"model={MODEL}", f"data.source={sample}", f"backend.outputs={outputs}", *FAST]
    sets = [word for setting in settings for word in ("--set", setting)]
    return [sys.executable, "-m", "invoke", verb, "--environment", "emulator", *sets, *words]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def invoke(offline: OfflineWorkspace, sample: Path, outputs: Path) -> Invoke:
    """Runs a verb; the exports of the offline workspace are in this process's environment already."""

    def run(verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        whole = command(verb, sample, outputs, words)
        return subprocess.run(whole, cwd=own_repository(), capture_output=True, text=True, timeout=200, check=False)

    return run


@pytest.fixture(scope="module")
def trained(invoke: Invoke) -> subprocess.CompletedProcess[str]:
    return invoke("train")


def test_training_ends_with_a_champion_in_the_workspace(
    trained: subprocess.CompletedProcess[str], workspace: "Workspace"
) -> None:
    assert trained.returncode == 0, trained.stderr
    assert f"{MODEL} version 1, the champion now" in trained.stdout
    assert "Look closer  invoke models --environment emulator" in trained.stdout
    assert [model.version for model in workspace.models.values() if model.name == MODEL] == [1]


def test_the_models_of_the_workspace_are_listed(trained: subprocess.CompletedProcess[str], invoke: Invoke) -> None:
    listed = invoke("models")
    assert listed.returncode == 0, listed.stderr
    assert "champion" in listed.stdout


def test_raw_tables_are_scored_in_a_job_of_the_workspace(
    trained: subprocess.CompletedProcess[str], invoke: Invoke, sample: Path, tmp_path: Path
) -> None:
    done = invoke("score", "--data", str(sample), "--output", str(tmp_path / "scores"))
    assert done.returncode == 0, done.stderr
    manifest, parcels = read_json(tmp_path / "scores" / "manifest.json"), pq.read_table(sample / "parcels.parquet")
    assert (manifest["rows"], manifest["rejected"], manifest["model_version"]) == (len(parcels), 0, "1")
    scores = pq.read_table(tmp_path / "scores" / "part-00000.parquet")
    assert parcels.join(scores, ["sent_at", "parcel"], join_type="inner").num_rows == len(parcels)


def test_a_run_is_not_registered_twice(trained: subprocess.CompletedProcess[str], invoke: Invoke) -> None:
    again = invoke("register")
    assert again.returncode == 1
    assert "To make it the champion: invoke promote --version 1 --environment emulator" in again.stderr


def test_setting_up_twice_changes_nothing_the_second_time(workspace: "Workspace", tmp_path: Path) -> None:
    configuration = load_own("emulator", [f"backend.outputs={tmp_path}", "backend.compute.name=set-up"])
    first, second = (list(connect(configuration).set_up()) for _ in range(2))
    assert first[-1].startswith("set-up made: Standard_DS3_v2")
    assert second == [*first[:-1], first[-1].replace("made", "is there")]
    assert [line.split(",")[0] for line in first[:-1]] == ["environment score", "environment train"]
    assert "set-up" in workspace.compute_targets


def test_a_plan_asks_the_workspace_nothing(invoke: Invoke, offline: OfflineWorkspace) -> None:
    before = len(offline.requests())
    plan = invoke("train", "--plan")
    assert plan.returncode == 0, plan.stderr
    assert re.search(r"^job +prepare, train, evaluate$", plan.stdout, re.MULTILINE)
    assert re.search(r"^code +\d+ files of src/", plan.stdout, re.MULTILINE)
    assert re.search(r"^compute +cpu-cluster: 0 to 2 nodes", plan.stdout, re.MULTILINE)
    assert len(offline.requests()) == before


def test_a_detached_run_is_taken_up_again(trained: subprocess.CompletedProcess[str], invoke: Invoke) -> None:
    left = invoke("train", "--detach", "--set", "training.trees=31")
    assert left.returncode == 0, left.stderr
    (run,) = RUN.findall(left.stdout)
    assert f"invoke watch --run {run} --environment emulator" in left.stdout
    watched = invoke("watch", "--run", run)
    assert f"{MODEL} version" in watched.stdout, watched.stderr
    assert run in invoke("models").stdout


# A run that is left ends soon; one that is cancelled is still at work when it is asked to stop, on any machine.
@pytest.mark.parametrize(
    ("answer", "trees", "code", "status"), [("l", 800, 0, "Completed"), ("c", 50_000, 130, "Canceled")]
)
def test_an_interrupt_asks_what_is_to_become_of_the_run(
    answer: str, trees: int, code: int, status: str, sample: Path, outputs: Path, workspace: "Workspace", invoke: Invoke
) -> None:
    ours, theirs = pty.openpty()
    words = command("train", sample, outputs, ["--set", f"training.trees={trees}"])
    with subprocess.Popen(
        words, cwd=own_repository(), env=unmeasured(), stdin=theirs, stdout=theirs, stderr=theirs, process_group=0
    ) as process:
        os.close(theirs)
        seen = read_until(ours, f"{'train':<18}")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        seen += read_until(ours, "[c/l]")
        os.write(ours, f"{answer}\n".encode())
        seen += read_until(ours, None)
        assert process.wait(60) == code
    os.close(ours)
    run_id = RUN.findall(seen)[-1]
    run = workspace.get_run(run_id)
    run.wait_for_completion(show_output=False, raise_on_error=False)
    assert run.get_status() == status


def read_until(terminal: int, text: str | None) -> str:
    """Read what the terminal shows up to the text, or up to its end."""
    seen = ""
    while text is None or text not in seen:
        try:
            seen += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # Linux's way to say that nobody writes any more
            assert text is None, seen
            break
    return seen


def test_without_an_announced_workspace_one_is_started_for_the_command(
    offline: OfflineWorkspace, sample: Path, outputs: Path
) -> None:
    alone = {name: value for name, value in os.environ.items() if name not in offline.environment} | {
        "HOME": str(outputs)
    }
    words = command("models", sample, outputs)
    listed = subprocess.run(
        words, cwd=own_repository(), env=alone, capture_output=True, text=True, timeout=100, check=False
    )
    assert listed.returncode == 0, listed.stderr
    assert "for this command only" in listed.stdout
    assert f"There is no version of {MODEL} yet. Make the first: invoke train --environment emulator" in listed.stdout
