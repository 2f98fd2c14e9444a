"""Jobs on the client's own machine: the answer is a script, which the client unpacks and starts beside its files."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azureml_offline.runs import local_runs
from azureml_offline.workspace.state import State
from werkzeug.test import TestResponse

Ask = Callable[..., TestResponse]
ROUTE = "/execution/v1.0WS/experiments/trials/localrun"
PATIENCE = 20  # seconds


@pytest.fixture
def submit(ask: Ask) -> Ask:
    """Submits r1 with this configuration, as the SDK does: its description is one of two files."""

    def send(**definition: Any) -> TestResponse:
        known = {"target": "local", "script": "script.py", "environment": {}}
        body = json.dumps({"Configuration": known | definition}).encode()
        files = [(io.BytesIO(body), "definition.json"), (io.BytesIO(b""), "aml_config.zip")]
        return ask(f"POST {ROUTE}", data={"files": files}, query_string={"runId": "r1"})

    return send


def start(answer: TestResponse, folder: Path) -> None:
    """Do what the SDK does with the answer."""
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(folder)
    subprocess.run(["/bin/bash", "azureml-setup/Invocation.sh"], cwd=folder, check=True, stdin=subprocess.DEVNULL)


def status(state: State) -> str:
    for job in state.jobs:
        job.join(PATIENCE)
    return str(state.runs["r1"].record["status"])


def test_a_local_job_runs_in_the_folder_of_the_client(submit: Ask, state: State, tmp_path: Path) -> None:
    folder = tmp_path / "client's"
    folder.mkdir()
    (folder / "script.py").write_text("open('outputs/x', 'w').write('y')", encoding="utf-8")
    start(submit(), folder)
    assert status(state) == "Completed"
    assert (folder / "outputs" / "x").read_text(encoding="utf-8") == "y"
    assert (state.folder / "blobs/azureml/ExperimentRun/dcid.r1/outputs/x").is_file()


def test_a_local_job_of_the_user_s_own_environment_runs_in_that_of_the_shell(
    submit: Ask, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.reuse_environment = False
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "script.py").write_text("import sys\nprint(sys.executable)", encoding="utf-8")
    start(submit(environment={"python": {"userManagedDependencies": True}}), tmp_path)
    assert status(state) == "Completed"
    log = state.folder / "blobs/azureml/ExperimentRun/dcid.r1/user_logs/std_log.txt"
    assert log.read_text(encoding="utf-8").strip() == str(tmp_path / "python")


def test_a_local_job_that_nobody_starts_fails(submit: Ask, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_runs, "PATIENCE", 0.1)
    submit()
    assert status(state) == "Failed"
    assert "has not started the run r1" in state.runs["r1"].record["error"]["error"]["message"]


def test_a_local_job_is_checked_like_any_other(submit: Ask, state: State) -> None:
    answer = submit(nodeCount=2)
    assert (answer.status_code, "nodeCount=2" in answer.get_json()["message"], state.runs) == (400, True, {})


def test_a_local_job_without_a_description_is_refused(ask: Ask) -> None:
    answer = ask(f"POST {ROUTE}", data={"files": [(io.BytesIO(b""), "aml_config.zip")]}, query_string={"runId": "r1"})
    assert (answer.status_code, "definition.json" in answer.get_json()["message"]) == (400, True)
