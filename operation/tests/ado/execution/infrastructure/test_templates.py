"""The parameters of the templates: from configuration and from a file, checked before Azure is asked."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.backends.azureml.names import Names
from operation.execution.configuration import AzureMLSettings, load
from operation.execution.infrastructure.templates import FOLDER, parameters

NAMES = Names("11111111", "rg-mine", "mlw-mine", "here")


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
    return parameters("dev", dev(), NAMES, folder)


def dev() -> AzureMLSettings:
    settings = load("dev").backend
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
        ({"allowSharedKeyAccess": "true"}, "allowSharedKeyAccess is 'true', and must be of the type bool."),
        ({"isolationMode": "None"}, "must be one of AllowOnlyApprovedOutbound, AllowInternetOutbound."),
        ({"name": "n" * 31}, "must be at most 30 characters long."),
        ({"name": None}, "name is missing."),
        ({"vmSize": "Standard_DS4_v2"}, "remove vmSize, which configuration/environments says."),
    ],
    ids=["unknown", "type", "choice", "long", "missing", "twice"],
)
def test_a_parameter_that_cannot_be_is_named_with_its_file(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(OperationError) as caught:
        given(folder, **changes)
    assert str(caught.value).startswith(str(folder / "parameters" / "dev.json"))
    assert message in str(caught.value)


def test_an_environment_without_parameters_is_told_to_copy_some(folder: Path) -> None:
    (folder / "parameters" / "dev.json").unlink()
    with pytest.raises(OperationError, match=r"copy prd\.json beside it"):
        parameters("dev", dev(), NAMES, folder)
