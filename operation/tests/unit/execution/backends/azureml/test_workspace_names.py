"""Who names the workspace: the configuration, or a config.json as the Azure portal gives it."""

import json
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends.azureml.workspace_names import PLACEHOLDER, find_names
from operation.execution.configuration.sections import AzureMLSettings
from operation.tests.parcels import load

OURS = {"subscription_id": "11111111-aaaa", "resource_group": "rg-portal", "workspace_name": "mlw-portal"}


def settings(subscription: str = PLACEHOLDER) -> AzureMLSettings:
    found = load("dev", [f"backend.subscription_id={subscription}"]).backend
    assert isinstance(found, AzureMLSettings)
    return found


def write(folder: Path, text: str = json.dumps(OURS), name: str = "config.json") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def test_the_configuration_comes_before_a_config_json(tmp_path: Path) -> None:
    found = find_names(settings("22222222-bbbb"), write(tmp_path))
    assert (found.subscription_id, found.workspace) == ("22222222-bbbb", "mlw-mlops-dev")
    assert "configuration/environments" in str(found)


@pytest.mark.parametrize("name", ["config.json", ".azureml/config.json"])
def test_without_a_subscription_in_the_configuration_all_names_are_those_of_config_json(
    name: str, tmp_path: Path
) -> None:
    found = find_names(settings(), write(tmp_path, name=name))
    assert [found.subscription_id, found.resource_group, found.workspace] == [*OURS.values()]
    assert f"(from {name})" in str(found)


def test_the_config_json_of_the_sdk_s_own_folder_comes_first(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, json.dumps(OURS | {"workspace_name": "mlw-other"}), ".azureml/config.json")
    assert find_names(settings(), tmp_path).workspace == "mlw-other"


def test_a_config_json_that_an_editor_of_windows_wrote_is_read(tmp_path: Path) -> None:
    assert find_names(settings(), write(tmp_path, "\ufeff" + json.dumps(OURS))).workspace == "mlw-portal"


def test_no_name_anywhere_says_which_keys_to_set_and_where_a_config_json_goes(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="Set subscription_id, resource_group and workspace of backend") as raised:
        find_names(settings(), tmp_path)
    assert str(tmp_path) in str(raised.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "cannot be read as JSON"),
        ("\udcff", "cannot be read as JSON"),
        ("[]", "does not say subscription_id, resource_group, workspace_name"),
        (json.dumps(OURS | {"resource_group": ""}), "does not say resource_group"),
        (json.dumps(OURS | {"workspace_name": 7}), "does not say workspace_name"),
        (json.dumps(OURS | {"subscription_id": PLACEHOLDER}), "does not say subscription_id"),
    ],
    ids=["cut off", "binary", "a list", "empty", "a number", "the placeholder"],
)
def test_a_config_json_that_is_none_is_named_with_the_remedy(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=f"config.json {complaint}") as raised:
        find_names(settings(), write(tmp_path, text))
    assert "Download it again" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("environment", ["dev", "prd"])
def test_the_placeholder_is_what_the_template_s_environments_hold(environment: str) -> None:
    backend = load(environment).backend
    assert isinstance(backend, AzureMLSettings)
    assert backend.subscription_id == PLACEHOLDER
