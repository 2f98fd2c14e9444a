"""Signing in and reaching the workspace: what people get to read when it does not work."""

import time
from typing import TYPE_CHECKING

import pytest

from operation.emulator.faults import Fault
from operation.emulator.session import OfflineWorkspace
from operation.errors import OperationError
from operation.execution.backends.azureml.failures import call
from operation.execution.backends.azureml.registry import Registry
from operation.tests.azureml.parts import QUIET, connected

if TYPE_CHECKING:
    from azureml.core import Workspace

pytestmark = QUIET
WORKSPACE = r"GET .*/workspaces/[^/]+$"
ALWAYS = 1000
MARK = "planted-" + "8f3c"


def told(offline: OfflineWorkspace, **settings: str) -> str:
    """The one line that somebody reads who asks for the workspace."""
    with pytest.raises(OperationError) as raised:
        _ = connected(offline, **settings).workspace
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_the_workspace_of_the_configuration_is_reached(offline: OfflineWorkspace) -> None:
    assert connected(offline).workspace.name == offline.name


def test_a_wrong_secret_names_the_variable_and_not_the_secret(
    offline: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", MARK)
    text = told(offline)
    assert "The client secret is wrong: set AZURE_CLIENT_SECRET" in text
    assert MARK not in text + "".join(capfd.readouterr())


def test_an_unknown_workspace_is_named(offline: OfflineWorkspace) -> None:
    assert "There is no workspace nowhere in the resource group" in told(offline, workspace="nowhere")


def test_a_subscription_without_access_names_the_setting(offline: OfflineWorkspace) -> None:
    assert "subscription_id" in told(offline, subscription_id="00000000-0000-0000-0000-00000000abcd")


def test_a_missing_permission_names_the_role(offline: OfflineWorkspace) -> None:
    offline.plant(Fault(WORKSPACE, status=403, times=ALWAYS))
    assert "AzureML Data Scientist" in told(offline)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(WORKSPACE, status=503, times=2),
        Fault(WORKSPACE, status=429, times=1),
        Fault(WORKSPACE, drop=True, times=2),
        Fault(r"/oauth2/", status=503, times=1),
    ],
    ids=["503", "429", "dropped", "503 at the login"],
)
def test_a_failure_that_passes_is_not_seen(fault: Fault, offline: OfflineWorkspace) -> None:
    offline.plant(fault)
    assert connected(offline).workspace.name == offline.name


def test_a_failure_that_stays_ends_after_a_few_attempts(offline: OfflineWorkspace, workspace: "Workspace") -> None:
    from azureml.core import Datastore

    offline.plant(Fault(r"GET .*/datastores/never", status=503, times=ALWAYS))
    with pytest.raises(OperationError, match="Azure did not answer in 2 attempts"):
        call("find the datastore", lambda: Datastore.get(workspace, "never"), pauses=(0.1,))


def test_a_token_that_has_expired_is_renewed(offline: OfflineWorkspace) -> None:
    offline.plant(Fault(r"/oauth2/", token_seconds=1))
    connection = connected(offline)
    reached = connection.workspace
    time.sleep(1.5)
    assert call("list the compute targets", lambda: reached.compute_targets) is not None
    assert Registry(connection).versions("never-registered") == []


def test_a_workspace_that_vanishes_ends_with_one_line(offline: OfflineWorkspace) -> None:
    registry = Registry(connected(offline))
    registry.versions("never-registered")
    offline.plant(Fault(r"GET .*/models", status=404, times=ALWAYS))
    with pytest.raises(OperationError, match="check the names") as raised:
        registry.versions("never-registered")
    assert "\n" not in str(raised.value)
