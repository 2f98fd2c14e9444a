"""The parameters of the templates: from configuration and from a file, checked before Azure is asked."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends.azureml.workspace_names import Names
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.infrastructure.arm_templates import FOLDER
from operation.execution.infrastructure.parameters import collect
from operation.tests.parcels import load

NAMES = Names("11111111-2222-3333-4444-555555555555", "rg-mine", "mlw-mine", "here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "infrastructure"))


def given(folder: Path, **changes: Any) -> dict[str, Any]:
    """The parameters of dev, with `changes` in its file; None takes one away."""
    file = folder / "parameters" / "dev.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    values = content["parameters"] | {name: {"value": value} for name, value in changes.items()}
    content["parameters"] = {name: each for name, each in values.items() if each["value"] is not None}
    file.write_text(json.dumps(content), encoding="utf-8")
    return collect("dev", dev(), NAMES, folder)


def dev(*changes: str) -> AzureMLSettings:
    settings = load("dev", changes).backend
    assert isinstance(settings, AzureMLSettings)
    return settings


def test_names_come_from_configuration_and_the_rest_from_the_file(folder: Path) -> None:
    values = given(folder, tags={"owner": "us"})
    assert (values["workspaceName"], values["computeName"], values["vmSize"]) == (
        "mlw-mine",
        "cpu-cluster",
        "Standard_DS3_v2",
    )
    assert (values["name"], values["tags"]) == ("mlops-dev", {"owner": "us"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"isolationmode": "x"}, "unknown parameter isolationmode. Valid: isolationMode."),
        ({"allowSharedKeyAccess": "true"}, "allowSharedKeyAccess must be of type bool, not 'true'."),
        ({"isolationMode": "None"}, "must be one of AllowOnlyApprovedOutbound, AllowInternetOutbound, not 'None'."),
        ({"name": "n" * 31}, "must be 30 or fewer characters long, not 'nnn"),
        ({"name": ""}, "name must be 1 or more characters long, not ''."),
        ({"name": "my dev"}, "name must be letters, digits and inner hyphens, not 'my dev'."),
        ({"name": "[parameters('x"}, "must be letters, digits and inner hyphens, not "),
        ({"pipelinePrincipalId": "mlops-dev"}, "must be an object id such as 11111111-"),
        ({"clusterName": "aks_1"}, "must be letters, digits and inner hyphens, or empty, not 'aks_1'."),
        ({"name": None}, "name is missing."),
        ({"vmSize": "Standard_DS4_v2"}, "remove vmSize, which configuration/environments sets."),
    ],
    ids=["unknown", "type", "choice", "long", "empty", "space", "expression", "id", "cluster", "missing", "twice"],
)
def test_an_invalid_parameter_is_named_with_its_file(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(OperationError) as caught:
        given(folder, **changes)
    assert str(caught.value).startswith(str(folder / "parameters" / "dev.json"))
    assert message in str(caught.value)


def test_a_long_value_is_cut_in_the_message(folder: Path) -> None:
    with pytest.raises(OperationError, match=r"30 or fewer characters long, not 'nnn.*n \.\.\.\.") as caught:
        given(folder, name="n" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{}", 'it needs an object "parameters"'),
        (b'{"parameters": []}', 'it needs an object "parameters"'),
        (b'{"parameters": {"name": "x"}}', 'name must be {"value": ...}'),
        (b'{"parameters": {"name": {"vaule": "x"}}}', 'name must be {"value": ...}'),
        (
            b'{"parameters": {"name": {"reference": {"secretName": "x"}}}}',
            "a key vault are not supported",
        ),
        (b"", "Fix it in an editor."),
        (b"[]", "it is not a JSON object. Fix it in an editor."),
        (b"\xff\xfe{\x00", "Fix it in an editor."),
        (b"[" * 200_000, "Fix it in an editor."),
    ],
    ids=["none", "list", "plain", "misspelt", "vault", "empty", "no-object", "other-encoding", "nested"],
)
def test_a_file_of_another_form_is_named_with_its_remedy(content: bytes, message: str, folder: Path) -> None:
    file = folder / "parameters" / "dev.json"
    file.write_bytes(content)
    with pytest.raises(OperationError) as caught:
        collect("dev", dev(), NAMES, folder)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


def test_a_file_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    file = folder / "parameters" / "dev.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert collect("dev", dev(), NAMES, folder)["name"] == "mlops-dev"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("idle_seconds=10", "configuration: backend.compute.idle_seconds must be at least 60, not 10."),
        ("name=c", "configuration: backend.compute.name must be 2 or more characters long, not 'c'."),
        ("name=my_cpu", "backend.compute.name must be letters, digits and hyphens, a letter first, not 'my_cpu'."),
    ],
)
def test_an_invalid_value_of_configuration_is_named_by_its_key(setting: str, message: str, folder: Path) -> None:
    with pytest.raises(OperationError) as caught:
        collect("dev", dev(f"backend.compute.{setting}"), NAMES, folder)
    assert message in str(caught.value)
    assert "dev.json" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"workspace": "a b/c"}, "here: workspace must be letters, digits, _ and -"),
        ({"subscription_id": "abc"}, "here: subscription_id must be an id such as 11111111-"),
        ({"resource_group": "rg."}, "here: resource_group must be letters, digits and ._()-"),
    ],
    ids=["workspace", "subscription", "group"],
)
def test_an_invalid_name_is_reported_with_its_source(change: dict[str, str], message: str, folder: Path) -> None:
    with pytest.raises(OperationError) as caught:
        collect("dev", dev(), replace(NAMES, **change), folder)
    assert message in str(caught.value)


def test_an_environment_without_parameters_can_copy_some(folder: Path) -> None:
    (folder / "parameters" / "dev.json").unlink()
    with pytest.raises(OperationError, match=r"copy prd\.json beside it"):
        collect("dev", dev(), NAMES, folder)
