"""Sign-in, the workspace, compute targets and environments, as the SDK sees them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from azureml.core import Environment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import ComputeTargetException, ProjectSystemException, ServiceException
from azureml_offline import OfflineWorkspace, running
from msrest.exceptions import HttpOperationError


def test_a_service_principal_with_the_right_secret_gets_the_workspace(
    offline: OfflineWorkspace, sign_in: Callable[..., Workspace]
) -> None:
    found = sign_in()
    assert (found.name, found.subscription_id, found.resource_group) == (
        offline.name,
        offline.subscription,
        offline.resource_group,
    )
    assert found.location == "westeurope"


def test_a_wrong_secret_is_refused(sign_in: Callable[..., Workspace]) -> None:
    with pytest.raises(Exception, match="AADSTS7000215: Invalid client secret"):
        sign_in(AZURE_CLIENT_SECRET="wrong")  # noqa: S106  # pragma: allowlist secret


def test_a_workspace_of_another_name_is_not_found(sign_in: Callable[..., Workspace]) -> None:
    with pytest.raises(ProjectSystemException, match="Workspace not found"):
        sign_in("elsewhere")


def test_the_configuration_file_leads_to_the_workspace(offline: OfflineWorkspace, workspace: Workspace) -> None:
    found = Workspace.from_config(str(offline.folder / "config.json"), auth=workspace._auth)
    assert found.name == workspace.name


def test_a_compute_target_is_created_and_found_with_its_settings(workspace: Workspace) -> None:
    wanted = AmlCompute.provisioning_configuration(
        "Standard_DS2_v2", vm_priority="lowpriority", min_nodes=0, max_nodes=4, idle_seconds_before_scaledown=120
    )
    ComputeTarget.create(workspace, "cheap", wanted).wait_for_completion()
    found = AmlCompute(workspace, "cheap")
    assert (found.vm_size, found.vm_priority) == ("Standard_DS2_v2", "lowpriority")
    assert found.scale_settings.maximum_node_count == 4
    assert found.provisioning_state == "Succeeded"


def test_an_unknown_compute_target_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(ComputeTargetException, match="not found"):
        ComputeTarget(workspace, "nowhere")


def test_a_deleted_compute_target_is_gone(workspace: Workspace) -> None:
    target = ComputeTarget.create(
        workspace, "brief", AmlCompute.provisioning_configuration("Standard_DS2_v2", max_nodes=1)
    )
    target.delete()
    assert "brief" not in workspace.compute_targets


def test_an_environment_has_a_new_version_when_its_definition_changes(workspace: Workspace) -> None:
    def register(package: str) -> Any:
        environment = Environment("versions")
        environment.python.conda_dependencies = CondaDependencies.create(pip_packages=[package])
        return environment.register(workspace)

    assert [register(package).version for package in ("numpy==2.3.5", "numpy==2.3.5", "numpy==2.3.4")] == [
        "1",
        "1",
        "2",
    ]
    assert "numpy==2.3.4" in str(Environment.get(workspace, "versions").python.conda_dependencies.serialize_to_string())
    first = Environment.get(workspace, "versions", version="1")
    assert "numpy==2.3.5" in str(first.python.conda_dependencies.serialize_to_string())


def test_a_service_that_is_not_there_answers_with_the_route_s_name(workspace: Workspace) -> None:
    with pytest.raises(HttpOperationError) as raised:
        list(workspace.datasets)
    assert "has no route GET /dataset/" in raised.value.response.text


def test_a_secret_of_the_key_vault_is_kept_and_forgotten(workspace: Workspace) -> None:
    vault = workspace.get_default_keyvault()
    vault.set_secret("marked", "planted")
    assert vault.get_secret("marked") == "planted"
    assert vault.get_secrets(["marked", "unknown"]) == {"marked": "planted", "unknown": None}
    assert [secret["name"] for secret in vault.list_secrets()] == ["marked"]
    vault.delete_secret("marked")
    with pytest.raises(ServiceException, match="Secret marked was not found"):
        vault.get_secret("marked")


def test_the_hosts_of_azure_are_asked_for_and_no_others(
    offline: OfflineWorkspace, workspace: Workspace, folder: Path
) -> None:
    (folder / "table.csv").write_text("a,b\n")
    workspace.get_default_datastore().upload_files([str(folder / "table.csv")], show_progress=False)
    storage = workspace.get_default_datastore().account_name
    accepted = [line for line in offline.accepted() if line.startswith("CONNECT ")]  # requests to services are none
    assert {line.removeprefix("CONNECT ") for line in accepted} == {
        "login.microsoftonline.com:443",
        "management.azure.com:443",
        "westeurope.api.azureml.ms:443",
        f"{storage}.blob.core.windows.net:443",
    }
    assert offline.refused() == []


def test_another_host_is_refused_and_written_down() -> None:
    with running() as apart:
        with pytest.raises(requests.exceptions.ProxyError):
            requests.get("https://example.org/", proxies={"https": apart.environment["HTTPS_PROXY"]}, timeout=10)
        assert apart.refused() == ["CONNECT example.org:443"]
