"""Signing in and reaching the workspace: what people get to read when it does not work."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azureml_offline import Fault, OfflineWorkspace

from operation.errors import OperationError
from operation.execution.backends.azureml.registry import Registry
from operation.execution.backends.azureml.sdk_failures import call
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.backends.azureml.workspace_names import PLACEHOLDER
from operation.execution.utils import PEOPLE_SET
from operation.tests.azureml.conftest import SignIn
from operation.tests.azureml.parts import QUIET, Scripts, connected, scripts
from operation.tests.parcels import load

if TYPE_CHECKING:
    from azureml.core import Workspace

__all__ = ["scripts"]  # a fixture
pytestmark = QUIET
WORKSPACE = r"GET .*/workspaces/[^/]+$"
ALWAYS = 1000
Cli = Callable[..., None]
MARK = "planted-" + "8f3c"


def message(offline: OfflineWorkspace, **settings: str) -> str:
    """Ask for the workspace, and return the one line of the error."""
    with pytest.raises(OperationError) as raised:
        _ = connected(offline, **settings).workspace
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_the_workspace_of_the_configuration_is_reached(offline: OfflineWorkspace) -> None:
    assert connected(offline).workspace.name == offline.name


def test_a_config_json_names_it_where_the_configuration_does_not_and_that_is_told(
    offline: OfflineWorkspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"subscription_id": offline.subscription, "resource_group": offline.resource_group}
    (tmp_path / "config.json").write_text(json.dumps(names | {"workspace_name": offline.name}), encoding="utf-8")
    settings = connected(offline, subscription_id=PLACEHOLDER, workspace="mlw-mlops-dev").settings
    assert Connection(settings, tmp_path).workspace.name == offline.name
    assert f"Workspace {offline.name} in {offline.resource_group}" in capsys.readouterr().out


def test_a_workspace_that_a_config_json_misspells_is_looked_up_there(offline: OfflineWorkspace, tmp_path: Path) -> None:
    names = {"subscription_id": offline.subscription, "resource_group": offline.resource_group}
    (tmp_path / "config.json").write_text(json.dumps(names | {"workspace_name": "nowhere"}), encoding="utf-8")
    settings = connected(offline, subscription_id=PLACEHOLDER).settings
    with pytest.raises(OperationError, match=r"There is no workspace nowhere .* Check the names in config\.json"):
        _ = Connection(settings, tmp_path).workspace


@pytest.fixture
def cli(offline: OfflineWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Nobody but the Azure CLI can sign in; in its place, a program that gives a token, or says why not."""

    def install(*, token: str = "", complaint: str = "") -> None:
        program = tmp_path / "bin" / "az"
        program.parent.mkdir()
        program.write_text(
            f"#!{sys.executable}\nimport sys\nprint({token!r})\nprint({complaint!r}, file=sys.stderr)\n"
            f"sys.exit({int(not token)})\n"
        )
        program.chmod(0o755)
        for name in PEOPLE_SET:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    return install


def test_the_login_of_the_azure_cli_reaches_the_workspace(offline: OfflineWorkspace, cli: Cli, sign_in: SignIn) -> None:
    cli(token=sign_in()._auth_object.get_token().token)
    assert Registry(connected(offline), load().command).versions("never-registered") == []


def test_the_login_of_the_azure_cli_runs_a_job(scripts: Scripts, cli: Cli, sign_in: SignIn) -> None:
    cli(token=sign_in()._auth_object.get_token().token)
    run, _ = scripts.run([scripts.step("writes", "import os, sys\nos.makedirs(sys.argv[-1])\n")])
    assert run.status == "completed"


def test_a_login_of_the_azure_cli_that_has_expired_says_what_to_run(offline: OfflineWorkspace, cli: Cli) -> None:
    cli(complaint="ERROR: AADSTS700082: The refresh token has expired due to inactivity.")
    text = message(offline)
    assert text.startswith("The Azure CLI (")
    assert "It is not logged in, or no longer: az login" in text


def test_a_wrong_secret_names_the_variable_and_not_the_secret(
    offline: OfflineWorkspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", MARK)
    text = message(offline)
    assert "The client secret is wrong: set AZURE_CLIENT_SECRET" in text
    assert MARK not in text + "".join(capfd.readouterr())


def test_an_unknown_workspace_is_named(offline: OfflineWorkspace) -> None:
    assert "There is no workspace nowhere in the resource group" in message(offline, workspace="nowhere")


def test_a_subscription_without_access_names_the_setting(offline: OfflineWorkspace) -> None:
    assert "subscription_id" in message(offline, subscription_id="00000000-0000-0000-0000-00000000abcd")


def test_a_missing_permission_names_the_role(offline: OfflineWorkspace) -> None:
    offline.plant(Fault(WORKSPACE, status=403, times=ALWAYS))
    assert "AzureML Data Scientist" in message(offline)


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
    assert Registry(connection, load().command).versions("never-registered") == []


def test_a_workspace_that_vanishes_ends_with_one_line(offline: OfflineWorkspace) -> None:
    registry = Registry(connected(offline), load().command)
    registry.versions("never-registered")
    offline.plant(Fault(r"GET .*/models", status=404, times=ALWAYS))
    with pytest.raises(OperationError, match="check the names") as raised:
        registry.versions("never-registered")
    assert "\n" not in str(raised.value)
