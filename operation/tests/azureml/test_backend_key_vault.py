"""Secrets in the workspace's key vault: kept, read and listed, and never printed."""

from collections.abc import Iterator

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml import secrets
from operation.execution.backends.azureml.workspace import Connection
from operation.tests.azureml.parts import QUIET, connected

pytestmark = QUIET
MARK = "planted-" + "8f3c"


@pytest.fixture
def connection(offline: OfflineWorkspace) -> Iterator[Connection]:
    """The workspace; at the end of the test, its key vault is empty."""
    made = connected(offline)
    yield made
    vault = made.workspace.get_default_keyvault()
    vault.delete_secrets(secrets.names(made))


def test_a_secret_is_kept_under_its_name_and_can_be_replaced(connection: Connection) -> None:
    assert secrets.names(connection) == []
    secrets.put(connection, "some-key", "first")
    secrets.put(connection, "some-key", MARK)
    secrets.put(connection, "Another1", "other")
    assert secrets.names(connection) == ["Another1", "some-key"]
    assert secrets.get(connection, "some-key") == MARK


def test_a_secret_that_is_not_there_is_none(connection: Connection) -> None:
    assert secrets.get(connection, "some-key") is None


@pytest.mark.parametrize("name", ["some_key", "", "a/b", "k" * 128])
def test_a_name_that_key_vaults_do_not_take_is_named(name: str, connection: Connection) -> None:
    with pytest.raises(OperationError, match="letters, digits and hyphens") as raised:
        secrets.put(connection, name, MARK)
    assert repr(name) in str(raised.value)


@pytest.mark.parametrize("fault", [Fault("/secrets", status=503), Fault("/secrets", drop=True)], ids=["503", "dropped"])
def test_a_failure_that_passes_is_not_seen(fault: Fault, connection: Connection, offline: OfflineWorkspace) -> None:
    offline.plant(fault)
    secrets.put(connection, "some-key", MARK)
    offline.plant(fault)
    assert secrets.get(connection, "some-key") == MARK
    failed = [each.method for each in offline.requests() if "/secrets" in each.path and each.status >= 500]
    assert failed[-2:] == ["PUT", "POST"]


def test_a_missing_permission_is_told_without_the_secret(
    connection: Connection, offline: OfflineWorkspace, capfd: pytest.CaptureFixture[str]
) -> None:
    offline.plant(Fault(r"PUT .*/secrets", status=403))
    with pytest.raises(OperationError, match="could not keep the secret some-key") as raised:
        secrets.put(connection, "some-key", MARK)
    assert MARK not in str(raised.value) + repr(raised.value.__cause__) + "".join(capfd.readouterr())
