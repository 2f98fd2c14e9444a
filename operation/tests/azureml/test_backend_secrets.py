"""No secret leaves this process: marked ones are planted, and every byte that a run leaves behind is searched."""

import base64
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from azureml_offline import OfflineWorkspace

from operation.execution.backends.azureml import secrets
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.values import Run
from operation.tests.azureml.parts import EXPERIMENT, QUIET, Scripts, connected, scripts

__all__ = ["scripts"]  # a fixture
pytestmark = QUIET
PRINTS_ITS_VARIABLES = "import os, pathlib, sys\nfor name in os.environ: print(name, os.environ[name])\n"
READS_ITS_SECRETS = """
import hashlib, pathlib, sys
import utils
found = utils.workspace_key() + utils.service_principal().client_secret
folder = pathlib.Path(sys.argv[-1])
folder.mkdir(parents=True)
(folder / "metrics.json").write_text('{"length": %d}' % len(found))
(folder / "digest.txt").write_text(hashlib.sha256(found.encode()).hexdigest())
"""
WORKSPACE_KEY, CLIENT_SECRET = "planted-" + "vault/91c3", "planted-" + "vault/d07f"  # pragma: allowlist secret
IN_THE_VAULT = {
    "azureml-workspace-key": WORKSPACE_KEY,
    "azure-tenant-id": "some-tenant",
    "azure-client-id": "some-client",
    "azure-client-secret": CLIENT_SECRET,
}
WRITES = "folder = pathlib.Path(sys.argv[-1])\nfolder.mkdir(parents=True)\n(folder / 'out.txt').write_text('found')\n"
OUR_OWN = "AZURE_CLIENT_SECRET"


@pytest.fixture
def ended(scripts: Scripts, offline: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run under secrets that mark what holds them; the one that signs in is the workspace's own."""
    monkeypatch.setenv("AZUREML_WORKSPACE_KEY", "planted-" + "key-5b1e")
    monkeypatch.setenv("servicePrincipalKey", "planted-" + "task-77aa")
    run, _ = scripts.run([scripts.step("writes", PRINTS_ITS_VARIABLES + WRITES)])
    return run


def left_behind(*folders: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        yield from ((file, file.read_bytes()) for file in folder.rglob("*") if file.is_file())


def test_no_secret_is_in_what_a_run_leaves(
    ended: Run, scripts: Scripts, offline: OfflineWorkspace, capfd: pytest.CaptureFixture[str]
) -> None:
    secrets = [offline.environment[OUR_OWN].encode(), b"planted-key-5b1e", b"planted-task-77aa"]
    files = list(left_behind(scripts.outputs, offline.folder))
    assert [str(file) for file, content in files for secret in secrets if secret in content] == []
    assert ended.status == "completed"
    assert not [secret for secret in secrets if secret.decode() in "".join(capfd.readouterr())]


def test_a_secret_in_what_a_run_leaves_would_be_found(ended: Run, scripts: Scripts, offline: OfflineWorkspace) -> None:
    found = {file.suffix for file, content in left_behind(scripts.outputs, offline.folder) if b"found" in content}
    assert {".py", ".txt"} <= found  # in the code that travelled, and in what came of it
    assert any(b"AZUREML_RUN_ID" in content for _, content in left_behind(scripts.outputs))


def test_no_tag_or_property_of_the_job_holds_a_secret(ended: Run, scripts: Scripts, offline: OfflineWorkspace) -> None:
    run = scripts.connection.workspace.get_run(ended.id)
    shown = str([run.get_tags(), run.get_properties(), run.get_details()])
    assert ended.id in shown
    assert run.experiment.name == EXPERIMENT
    assert offline.environment[OUR_OWN] not in shown
    assert "planted" not in shown


@pytest.fixture
def key_vault(offline: OfflineWorkspace) -> Iterator[Connection]:
    """The workspace, for as long as a test with secrets in its key vault."""
    connection = connected(offline)
    for name, value in IN_THE_VAULT.items():
        secrets.put(connection, name, value)
    yield connection
    connection.workspace.get_default_keyvault().delete_secrets([*IN_THE_VAULT])


def forms(secret: str) -> list[bytes]:
    """The secret as it is, and as a header or an address would hold it."""
    return [secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), quote(secret, safe="").encode()]


def test_a_secret_of_the_key_vault_is_read_in_a_job_and_left_nowhere(
    scripts: Scripts, key_vault: Connection, offline: OfflineWorkspace, capfd: pytest.CaptureFixture[str]
) -> None:
    run, _ = scripts.run([scripts.step("reads", READS_ITS_SECRETS)])
    files = list(left_behind(scripts.outputs, scripts.source, offline.folder))
    read = {content for file, content in files if file.name == "digest.txt"}
    assert read == {sha256(f"{WORKSPACE_KEY}{CLIENT_SECRET}".encode()).hexdigest().encode()}
    marks = [form for secret in (WORKSPACE_KEY, CLIENT_SECRET) for form in forms(secret)]
    assert [str(file) for file, content in files for mark in marks if mark in content] == []
    of_run = key_vault.workspace.get_run(run.id)
    shown = str([of_run.get_tags(), of_run.get_properties(), of_run.get_details(), of_run.get_metrics()])
    shown += str(offline.requests()) + "".join(capfd.readouterr())
    assert "reads.length" in shown
    assert [mark for mark in marks if mark in shown.encode()] == []


def test_a_job_without_its_secret_is_shown_its_two_names(scripts: Scripts) -> None:
    run, _ = scripts.run([scripts.step("reads", READS_ITS_SECRETS)])
    shown = "set the environment variable AZUREML_WORKSPACE_KEY, or, for jobs, the secret azureml-workspace-key in"
    assert run.status == "failed"
    assert [file for file, content in left_behind(scripts.outputs) if shown.encode() in content]
