"""The stand-in for `az deployment group`: it answers from the template, and refuses what Azure would refuse."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure_pipelines_local.running.work.service_connections import install_az

Json = dict[str, Any]
Az = Callable[..., "subprocess.CompletedProcess[str]"]
GROUP = {"id": "/subscriptions/1/resourceGroups/rg", "location": "no region", "name": "rg"}
TOLD = {"account show": {"id": "1", "name": "ours"}, "group show": GROUP}
STORAGE = {"type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-05-01"}
INNER = {"parameters": {"name": {"type": "string"}}, "resources": [{**STORAGE, "name": "[parameters('name')]"}]}


def template(**changes: Any) -> Json:
    """A template with a storage account, one that is left out, and one in a deployment within it."""
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner"}
    given = {"name": {"value": "[format('{0}inner', parameters('name'))]"}}
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "parameters": {
            "name": {"type": "string", "minLength": 2},
            "size": {"type": "int", "defaultValue": 1, "allowedValues": [1, 2]},
        },
        "resources": [
            {**STORAGE, "name": "[parameters('name')]"},
            {**STORAGE, "name": "never", "condition": "[equals(parameters('size'), 2)]"},
            {**nested, "properties": {"parameters": given, "template": INNER}},
        ],
        "outputs": {"called": {"type": "string", "value": "[parameters('name')]"}},
        **changes,
    }


@pytest.fixture
def az(tmp_path: Path) -> Az:
    """Call it in a folder with a template and its parameters."""
    install_az(tmp_path / "bin", tmp_path / "calls", TOLD)
    (tmp_path / "main.json").write_text(json.dumps(template()), encoding="utf-8")
    (tmp_path / "values.json").write_text(json.dumps({"parameters": {"name": {"value": "st"}}}), encoding="utf-8")

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(tmp_path / "bin" / "az"), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return call


def deployment(verb: str, group: str = "rg", file: str = "main.json", values: str = "@values.json") -> list[str]:
    return ["deployment", "group", verb, "-g", group, "--template-file", file, "--parameters", values]


def test_what_if_lists_the_resources_of_the_template(az: Az) -> None:
    said = az(*deployment("what-if")).stdout
    assert said.startswith("This az is a stand-in")
    assert "proves nothing" in said
    assert [line for line in said.splitlines() if line.startswith("  + Microsoft")] == [
        "  + Microsoft.Storage/storageAccounts/st [2023-05-01]",
        "  + Microsoft.Storage/storageAccounts/stinner [2023-05-01]",
    ]
    assert "Resource changes: 2 to create." in said


def test_a_deployment_gives_the_outputs_of_the_template(az: Az) -> None:
    made = json.loads(az(*deployment("create"), "--name", "ours").stdout)
    assert (made["name"], made["properties"]["provisioningState"]) == ("ours", "Succeeded")
    assert made["properties"]["outputs"] == {"called": {"type": "string", "value": "st"}}
    assert "outputs" not in json.loads(az(*deployment("validate")).stdout)["properties"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (deployment("validate", group="other"), "ERROR: (ResourceGroupNotFound) Resource group 'other' could not"),
        ([*deployment("validate"), "--subscription", "2"], "The subscription of '2' doesn't exist"),
        (deployment("create", file="lost.json"), "ERROR: No such file or directory: lost.json"),
        (deployment("create", file="values.json"), "values.json is not an ARM template"),
        (deployment("create", values="@lost.json"), "ERROR: No such file or directory: lost.json"),
        (deployment("create")[:-2], "(InvalidTemplate) Parameters missing for the template: name."),
        (deployment("create", values="name=st"), "cannot do: az deployment group create --parameters name=st"),
        ([*deployment("create"), "--mode", "Complete"], "cannot do: az deployment group create --mode Complete"),
        (["deployment", "group", "delete", "-g", "rg"], "has no answer to: az deployment group delete"),
    ],
    ids=["group", "subscription", "template", "no-template", "values", "missing", "inline", "mode", "delete"],
)
def test_a_wrong_or_unsupported_call_is_an_error_that_names_it(words: list[str], message: str, az: Az) -> None:
    done = az(*words)
    assert done.returncode in (1, 3)
    assert done.stdout == ""
    assert message in done.stderr


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "st", "colour": "red"}, "Parameters not declared by the template: colour."),
        ({"name": "st", "size": 3}, "Parameters of a value not allowed by the template: size."),
        ({"name": 1}, "Parameters of a value not allowed by the template: name."),
        ({"name": "s"}, "Parameters of a value not allowed by the template: name."),
    ],
    ids=["unknown", "value", "type", "length"],
)
def test_values_that_azure_would_not_take_are_refused(values: Json, message: str, az: Az, tmp_path: Path) -> None:
    written = {"parameters": {name: {"value": value} for name, value in values.items()}}
    (tmp_path / "values.json").write_text(json.dumps(written), encoding="utf-8")
    assert message in az(*deployment("validate")).stderr


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"template": INNER}, "Parameters missing for the deployment inner: name."),
        ({"templateLink": {"relativePath": "inner.json"}}, "There is no template within the deployment inner."),
    ],
    ids=["missing", "link"],
)
def test_a_nested_deployment_is_checked_likewise(properties: Json, message: str, az: Az, tmp_path: Path) -> None:
    nested = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner"}
    text = json.dumps(template(resources=[{**nested, "properties": properties}]))
    (tmp_path / "main.json").write_text(text, encoding="utf-8")
    assert message in az(*deployment("validate")).stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"copy": {}}, "does not support copy of Microsoft.Storage"),
        ({"resources": []}, "does not support resources of Microsoft.St"),
    ],
)
def test_a_resource_that_cannot_be_listed_is_refused(change: Json, message: str, az: Az, tmp_path: Path) -> None:
    text = json.dumps(template(resources=[{**STORAGE, "name": "st", **change}]))
    (tmp_path / "main.json").write_text(text, encoding="utf-8")
    assert message in az(*deployment("what-if")).stderr


def test_no_deployment_is_answered_without_a_service_connection(tmp_path: Path) -> None:
    install_az(tmp_path, tmp_path / "calls", {})
    done = subprocess.run([tmp_path / "az", *deployment("create")], capture_output=True, text=True, check=False)
    assert "has no answer to: az deployment group create" in done.stderr
    assert "(It can answer: nothing." in done.stderr
