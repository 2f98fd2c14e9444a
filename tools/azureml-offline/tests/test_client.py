import io
import json
import os
import signal
import ssl
import sys
import time
import urllib.request
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest
from azureml_offline import Fault, OfflineError, OfflineWorkspace, Place, running
from azureml_offline.server import process as child


def get(workspace: OfflineWorkspace, url: str) -> Any:
    """The JSON that a client gets which knows the environment alone."""
    known = workspace.environment
    trust = ssl.create_default_context(cafile=known["REQUESTS_CA_BUNDLE"])
    proxy = urllib.request.ProxyHandler({"https": known["HTTPS_PROXY"]})
    opener = urllib.request.build_opener(proxy, urllib.request.HTTPSHandler(context=trust))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


DISCOVERY = "https://westeurope.api.azureml.ms/discovery/workspaces/any"


def test_a_workspace_answers_under_azure_s_names_and_is_gone_after_the_block() -> None:
    with running() as workspace:
        assert get(workspace, DISCOVERY)["api"] == "https://westeurope.api.azureml.ms"
        assert [one.rule for one in workspace.requests()] == ["/discovery/workspaces/<_workspace_id>"]
        assert workspace.accepted() == ["CONNECT westeurope.api.azureml.ms:443"]
    assert not workspace.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(workspace.process_id, 0)


def test_a_workspace_takes_the_names_of_a_place() -> None:
    place = Place("11111111-2222-3333-4444-555555555555", "rg-mlops-dev", "mlw-mlops-dev")
    with running(place=place) as workspace:
        assert workspace.place == place


def test_another_host_is_refused_and_written_down() -> None:
    with running() as workspace:
        with pytest.raises(OSError, match="403"):
            get(workspace, "https://example.org/")
        assert workspace.refused() == ["CONNECT example.org:443"]


def test_a_planted_fault_drops_a_connection_once() -> None:
    with running() as workspace:
        workspace.plant(Fault("/discovery/", drop=True))
        with pytest.raises((RemoteDisconnected, ssl.SSLEOFError)):
            get(workspace, DISCOVERY)
        assert get(workspace, DISCOVERY)


def test_faults_can_be_forgotten() -> None:
    with running() as workspace:
        workspace.plant(Fault("/discovery/", status=503, times=9))
        workspace.clear_faults()
        assert get(workspace, DISCOVERY)


def test_a_folder_stays_with_its_files(tmp_path: Path) -> None:
    with running(tmp_path / "state") as workspace:
        assert workspace.folder == tmp_path / "state"
    known = json.loads((tmp_path / "state" / "config.json").read_text())
    assert known == {
        "subscription_id": workspace.subscription,
        "resource_group": workspace.resource_group,
        "workspace_name": workspace.name,
    }


@pytest.mark.parametrize("name", ["json.py", "flask.py", "azureml_offline/__init__.py"])
def test_no_file_in_the_current_folder_takes_the_place_of_a_module(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("raise SystemExit('imported')")
    with running() as workspace:
        assert get(workspace, DISCOVERY)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OfflineError, match=f"Cannot write to the folder {tmp_path}/file/in: Not a directory"):
        running(tmp_path / "file" / "in").__enter__()


def test_a_conda_file_of_a_curated_environment_is_read_or_reported(tmp_path: Path) -> None:
    (tmp_path / "conda.yml").write_text("dependencies: []", encoding="utf-8")
    with running(curated={"AzureML-Minimal": tmp_path / "conda.yml"}) as workspace:
        assert workspace.requests() == []
    with pytest.raises(OfflineError, match=r"Cannot read the conda file other\.yml"):
        running(curated={"AzureML-Minimal": "other.yml"}).__enter__()


def test_a_taken_port_is_reported(tmp_path: Path) -> None:
    with running() as workspace:
        port = int(workspace.environment["HTTPS_PROXY"].rpartition(":")[2])
        with pytest.raises(OfflineError, match=f"Port {port} of 127.0.0.1 is taken"), running(port=port):
            pass


def test_a_workspace_that_has_died_is_reported() -> None:
    with running() as workspace:
        os.kill(workspace.process_id, signal.SIGKILL)
        time.sleep(0.2)
        with pytest.raises(OfflineError, match="has died with exit code -9"):
            workspace.requests()


def test_the_process_obeys_line_by_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = {"folder": str(tmp_path), "reuse_environment": True, "identity_based": False, "port": 0}
    orders = [wanted, {"plant": {"route": "/x"}}, {"clear": True}, {"requests": True}]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(map(json.dumps, orders))))
    monkeypatch.setattr(sys, "stdout", said := io.StringIO())
    assert child.main() == 0
    ready, *answers = map(json.loads, said.getvalue().splitlines())
    assert "AZURE_CLIENT_SECRET" in ready["environment"]
    assert answers == [{"accepted": [], "refused": []}] * 2 + [{"requests": []}]
