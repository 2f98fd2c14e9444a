"""A default datastore without a key: who signed in writes to it, and jobs read it as the identity of their cluster."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azureml_offline import Fault, OfflineWorkspace, running

from operation.errors import OperationError
from operation.execution.backends.azureml import compute, datastores
from operation.execution.backends.azureml.workspace import Connection, credential
from operation.execution.utils import PEOPLE_SET, Interactive
from operation.execution.values import Run
from operation.tests.azureml.parts import QUIET, Scripts, connected

pytestmark = QUIET
READS = """
import pathlib, sys
print(pathlib.Path(sys.argv[2], "a.txt").read_text())
pathlib.Path(sys.argv[-1]).mkdir(parents=True)
"""
PAUSES = "PAUSES = (2.0, 10.0)"
STORAGE = "https://storage.azure.com"
Cli = Callable[[str], Path]


@pytest.fixture(scope="module")
def keyless() -> Iterator[OfflineWorkspace]:
    """A workspace whose default datastore has no key."""
    with running(reuse_environment=True, identity_based=True) as workspace:
        yield workspace


@pytest.fixture
def connection(keyless: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """It, with a cluster as `invoke setup` makes one; from now on connections lead there."""
    for name, value in keyless.environment.items():
        monkeypatch.setenv(name, value)
    keyless.clear_faults()
    connection = connected(keyless)
    compute.ensure(connection)
    return connection


@pytest.fixture
def raw(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder whose content is this test's alone."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text(f"from {request.node.name}", encoding="utf-8")
    return tmp_path / "raw"


def reading(connection: Connection, raw: Path) -> Run:
    """A run, at its end, whose job reads the folder; it does not wait before it tries again."""
    source = raw.parent / "src"
    source.mkdir()
    scripts = Scripts(source, raw.parent / "outputs", connection)
    steps = [scripts.step("reads", READS, takes="raw")]
    text = (source / "job.py").read_text(encoding="utf-8")
    assert PAUSES in text
    (source / "job.py").write_text(text.replace(PAUSES, "PAUSES = (0.0, 0.0)"), encoding="utf-8")
    return scripts.run(steps, raw=raw)[0]


def test_the_workspace_gives_no_key_and_its_storage_takes_none(connection: Connection) -> None:
    from azureml._vendor.azure_storage.blob import BlobServiceClient

    datastore = connection.workspace.get_default_datastore()
    key = {"account_name": datastore.account_name, "account_key": "bm90IGEga2V5"}  # pragma: allowlist secret
    client = BlobServiceClient(datastore.blob_service.url, credential=key, retry_total=0)
    assert (datastore.credential_type, datastore.account_key) == ("None", None)
    with pytest.raises(Exception, match="KeyBasedAuthenticationNotPermitted"):
        client.get_container_client(datastore.container_name).upload_blob("any", b"")


def test_a_job_reads_what_was_sent_from_here(connection: Connection, raw: Path) -> None:
    run = reading(connection, raw)
    assert (run.status, run.failure) == ("completed", "")
    assert "from test_a_job_reads" in (run.folder / "reads.log").read_text(encoding="utf-8")


def test_tables_are_copied_from_it(connection: Connection, raw: Path, tmp_path: Path) -> None:
    (raw / "parcels.csv").write_text("carrier\nUA\n", encoding="utf-8")
    source = f"azureml://datastores/workspaceblobstore/paths/{datastores.upload(connection, raw)}"
    copied = datastores.copy(connection, source, ["parcels"], tmp_path / "copies")
    assert (copied / "parcels.csv").read_text(encoding="utf-8") == "carrier\nUA\n"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Nobody but the Azure CLI can sign in: here a program that gives the token, and notes how it was asked."""

    def install(token: str) -> Path:
        program, asked = tmp_path / "bin" / "az", tmp_path / "asked"
        program.parent.mkdir()
        note = f"print(*sys.argv[1:], file=open({str(asked)!r}, 'a'))"
        program.write_text(f"#!{sys.executable}\nimport sys\n{note}\nprint({token!r})\n", encoding="utf-8")
        program.chmod(0o755)
        for name in PEOPLE_SET:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        return asked

    return install


def test_the_login_of_the_azure_cli_writes_there(connection: Connection, raw: Path, cli: Cli) -> None:
    asked = cli(connection.credential.get_token(f"{STORAGE}/.default").token)
    datastores.upload(Connection(connection.settings), raw)
    assert f"account get-access-token --resource {STORAGE} --subscription" in asked.read_text(encoding="utf-8")


def test_a_browser_signs_in_where_nothing_else_does() -> None:
    assert type(credential(Interactive(""), "any")).__name__ == "InteractiveBrowserCredential"


def test_a_token_for_something_else_is_not_taken(connection: Connection, raw: Path, cli: Cli) -> None:
    cli(connection.credential.get_token("https://management.azure.com/.default").token)
    with pytest.raises(OperationError, match="could not upload raw"):
        datastores.upload(Connection(connection.settings), raw)


def test_who_lacks_the_role_reads_which(connection: Connection, raw: Path, keyless: OfflineWorkspace) -> None:
    keyless.plant(Fault("PUT /blobs/", status=403, code="AuthorizationPermissionMismatch"))
    with pytest.raises(OperationError, match="needs the role Storage Blob Data Contributor") as raised:
        datastores.upload(connection, raw)
    assert "\n" not in str(raised.value)


def test_a_network_that_is_not_let_in_is_told(connection: Connection, raw: Path, keyless: OfflineWorkspace) -> None:
    keyless.plant(Fault("PUT /blobs/", status=403, code="AuthorizationFailure"))
    with pytest.raises(OperationError, match="does not let this machine in: see its networking page"):
        datastores.upload(connection, raw)


def test_a_wrong_secret_names_the_variable(
    connection: Connection, raw: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _ = connection.workspace
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "planted-" + "8f3c")
    with pytest.raises(OperationError, match="The client secret is wrong: set AZURE_CLIENT_SECRET") as raised:
        datastores.upload(connection, raw)
    assert "planted" not in str(raised.value)
    assert capfd.readouterr().err == ""


def test_a_job_whose_cluster_lacks_the_role_ends_with_what_to_do(
    connection: Connection, raw: Path, keyless: OfflineWorkspace
) -> None:
    datastores.upload(connection, raw)
    keyless.plant(Fault("GET /blobs/[^/]*$", status=403, code="AuthorizationPermissionMismatch", times=99))
    run = reading(connection, raw)
    assert run.status == "failed"
    assert "give the cluster a managed identity, and that identity the role Storage Blob Data" in run.failure


def test_a_cluster_without_an_identity_ends_with_what_to_do(
    connection: Connection, raw: Path, keyless: OfflineWorkspace
) -> None:
    from azureml.core.compute import AmlCompute, ComputeTarget

    definition = AmlCompute.provisioning_configuration("Standard_DS3_v2", max_nodes=1)
    ComputeTarget.create(connection.workspace, "nobody", definition)
    run = reading(connected(keyless, compute="{name: nobody}"), raw)
    assert run.status == "failed"
    assert "The cluster has no managed identity." in run.failure
