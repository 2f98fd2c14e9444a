"""The ARM templates, without Azure: every reference resolves, versions are known, and what is not secure is decided."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from operation.execution.backends.azureml.workspace_names import find_names
from operation.execution.configuration.sections import AzureMLSettings
from operation.execution.infrastructure.arm_templates import assemble
from operation.execution.infrastructure.parameters import LIMITS, collect, expected
from operation.tests.documentation import blocks
from operation.tests.parcels import load
from operation.tests.unit.azure_resources import (
    BANNED,
    NEWEST_IS_OLD,
    PROPERTIES,
    ROLES,
    ROLES_OF_WORKSPACE,
    SECURE,
    VERSIONS,
)

FOLDER = Path(__file__).parents[3] / "azure-pipelines" / "infrastructure"
FILES = sorted(FOLDER.glob("*.json"))
Json = dict[str, Any]
Check = Callable[[Json], list[str]]

AZURE = "11111111-2222-3333-4444-555555555555"
RELAXED = {  # decided, and explained in README.md
    "dev": {"publicNetworkAccess", "networkDefaultAction", "isolationMode"},
    "prd": set[str](),
}


def read(name: str) -> Json:
    data: Json = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return data


def undefined(template: Json) -> list[str]:
    """Parameters and variables that are used and not there, or there and not used."""
    text = json.dumps({key: value for key, value in template.items() if key != "parameters"})
    found = []
    for kind in ("parameters", "variables"):
        used, there = set(re.findall(rf"\b{kind}\('(\w+)'\)", text)), set(template.get(kind, {}))
        found += [f"{kind}('{name}') is not there" for name in sorted(used - there)]
        found += [f"{kind}('{name}') is not used" for name in sorted(there - used)]
    return found


def unresolved(template: Json) -> list[str]:
    """What `dependsOn` names, and no resource of the template is."""
    ids = {(resource["type"], resource["name"].strip("[]").strip("'")) for resource in template["resources"]}
    wanted = [each for resource in template["resources"] for each in resource.get("dependsOn", [])]
    return [f"dependsOn: no {each}" for each in wanted if parsed(each) not in ids]


def parsed(identifier: str) -> tuple[str, str]:
    """Type and name of `[resourceId('type', name)]`."""
    found = re.fullmatch(r"\[resourceId\('([\w./]+)', (.+)\)\]", identifier)
    return (found[1], found[2].strip("'")) if found else ("", identifier)


def badly_linked(template: Json) -> list[str]:
    """Linked templates that are not there, or get other parameters than they have, or values that come later.

    A value of `reference` is known when Azure has made something, so that what-if and validation pass over all of the
    template that gets it.
    """
    found, links = [], [each for each in template["resources"] if each["type"].endswith("/deployments")]
    for link in links:
        path = link["properties"]["templateLink"]["relativePath"]
        if not (FOLDER / path).is_file():
            found.append(f"no template {path}")
            continue
        linked, given = read(path), set(link["properties"]["parameters"])
        required = {key for key, value in linked["parameters"].items() if "defaultValue" not in value}
        found += [f"{path} has no parameter {one}" for one in sorted(given - set(linked["parameters"]))]
        found += [f"{path} needs {one}" for one in sorted(required - given)]
        values = link["properties"]["parameters"].items()
        found += [f"{path}: {one} comes too late" for one, each in values if "reference(" in str(each["value"])]
    return found


def unknown_versions(template: Json) -> list[str]:
    versions = [(resource["type"], resource["apiVersion"]) for resource in template["resources"]]
    for name, version in re.findall(
        r"reference\(variables\('(\w+)'\), '([\d-]+)'\)", json.dumps(template["resources"])
    ):
        kind = re.findall(r"resourceId\('([\w./]+)'", template["variables"][name])
        versions += [(kind[0] if VERSIONS.get(kind[0]) == version else name, version)]
    return [f"{kind} in version {version}" for kind, version in versions if VERSIONS.get(kind) != version]


def unknown_properties(template: Json) -> list[str]:
    """Properties that the version of a resource does not have, so that what they secure would stay open."""
    return [
        f"{resource['type']} in version {resource['apiVersion']} has no {name}"
        for resource in template["resources"]
        if resource["type"] in SECURE
        for name in resource["properties"]
        if name not in PROPERTIES.get((resource["type"], resource["apiVersion"]), ())
    ]


def insecure(template: Json) -> list[str]:
    """Settings that are missing or not secure, by default; those that can be relaxed must say why one would."""
    found = []
    for resource in template["resources"]:
        settings = dict(pairs([resource.get("properties"), resource.get("identity")]))
        for key, secure in SECURE.get(resource["type"], {}).items():
            value = settings.get(key, "missing")
            parameter = template["parameters"].get(re.sub(r"\[parameters\('(\w+)'\)\]", r"\1", str(value)))
            if (parameter["defaultValue"] if parameter else value) != secure:
                found.append(f"{resource['type']}: {key} must be {secure}")
            elif parameter and not can_be_relaxed(parameter):
                found.append(f"{resource['type']}: {key} does not say why it can be relaxed")
        found += [f"{resource['type']}: {key}" for key in BANNED.get(resource["type"], set()) & set(settings)]
    return found


def can_be_relaxed(parameter: Json) -> bool:
    return str(parameter["metadata"]["description"]).startswith("Relaxed by ")


def pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from pairs(value)
    elif isinstance(node, list):
        for each in node:
            yield from pairs(each)


def unexplained(template: Json) -> list[str]:
    """Parameters without a description, and findings of checkov that are skipped without a reason."""
    found = [name for name, each in template["parameters"].items() if not each.get("metadata", {}).get("description")]
    skipped = [skip for each in template["resources"] for skip in each.get("metadata", {}).get("checkov", [])]
    return found + [skip for skip in skipped if not re.fullmatch(r"checkov:skip=CKV_\w+:\S.+\.", skip)]


CHECKS = [undefined, unresolved, badly_linked, unknown_versions, unknown_properties, insecure, unexplained]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_a_template_has_no_fault(file: Path, check: Check) -> None:
    assert check(read(file.name)) == []


@pytest.mark.parametrize(
    ("check", "name", "old", "new", "message"),
    [
        (undefined, "storage.json", "parameters('replication')", "parameters('copies')", "parameters('copies') is not"),
        (undefined, "main.json", "variables('vaultName')", "'x'", "variables('vaultName') is not used"),
        (unresolved, "main.json", "deployments', 'roles'", "deployments', 'rules'", "dependsOn: no"),
        (badly_linked, "main.json", "keyvault.json", "vault.json", "no template vault.json"),
        (badly_linked, "main.json", '"vaultId": {', '"keyVaultId": {', "workspace.json has no parameter keyVaultId"),
        (
            badly_linked,
            "main.json",
            "[variables('vaultName')]",
            "[reference('keyvault').outputs.name.value]",
            "keyvault.json: vaultName comes too late",
        ),
        (
            unknown_versions,
            "roles.json",
            "variables('computeIdentity'), '2023-01-31'",
            "variables('computeIdentity'), '2018-11-30'",
            "computeIdentity in version 2018-11-30",
        ),
        (unknown_versions, "registry.json", "2025-04-01", "2019-05-01", "registries in version 2019-05-01"),
        (unknown_properties, "registry.json", "2025-04-01", "2023-07-01", "registries in version 2023-07-01 has no"),
        (
            unknown_properties,
            "workspace.json",
            '"hbiWorkspace"',
            '"hbi"',
            "workspaces in version 2025-06-01 has no hbi",
        ),
        (insecure, "registry.json", '"defaultValue": false', '"defaultValue": true', "adminUserEnabled must be False"),
        (
            insecure,
            "storage.json",
            '"defaultValue": "Disabled"',
            '"defaultValue": "Enabled"',
            "publicNetworkAccess must",
        ),
        (insecure, "storage.json", '"TLS1_2"', '"TLS1_0"', "minimumTlsVersion must be TLS1_2"),
        (insecure, "storage.json", "Relaxed by true", "Keys", "allowSharedKeyAccess does not say why"),
        (insecure, "keyvault.json", '"enablePurgeProtection": true,', "", "enablePurgeProtection must be True"),
        (insecure, "workspace.json", '"hbiWorkspace": false', '"sku": "basic"', "workspaces: sku"),
        (insecure, "compute.json", '"disableLocalAuth": true', '"disableLocalAuth": false', "disableLocalAuth must"),
        (unexplained, "aks.json", ":The add-on was removed with Kubernetes 1.19.", "", "checkov:skip=CKV_AZURE_8"),
    ],
)
def test_a_fault_is_named(check: Check, name: str, old: str, new: str, message: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    assert message in check(json.loads(text.replace(old, new)))[0]


def test_main_is_as_secure_as_the_templates_it_links() -> None:
    main = read("main.json")["parameters"]
    for file in FILES:
        relaxable = {name: each for name, each in read(file.name)["parameters"].items() if can_be_relaxed(each)}
        assert {name: main.get(name) for name in relaxable} == relaxable


def test_the_readme_shows_parameters_that_are_accepted() -> None:
    shown = [block for block in blocks((FOLDER / "README.md").read_text(encoding="utf-8")) if block.language == "json"]
    assert shown
    for block in shown:
        for name, each in json.loads(block.text).items():
            assert expected(each["value"], read("main.json")["parameters"][name]) == ""


def test_no_add_on_of_a_cluster_signs_in_to_the_logs_with_a_key() -> None:
    assert read("monitoring.json")["resources"][0]["properties"]["features"]["disableLocalAuth"]
    assert set(dict(pairs(read("aks.json")["resources"]))["addonProfiles"]) == {"azurepolicy"}


def test_main_limits_what_the_templates_it_links_limit() -> None:
    main = read("main.json")["parameters"]
    for deployment in read("main.json")["resources"]:
        linked = read(deployment["properties"]["templateLink"]["relativePath"])["parameters"]
        for name, each in deployment["properties"]["parameters"].items():
            if (passed := re.fullmatch(r"\[parameters\('(\w+)'\)\]", each["value"])) and linked[name].keys() & LIMITS:
                limits = {key: linked[name].get(key) for key in LIMITS}
                assert {key: main[passed[1]].get(key) for key in LIMITS} == limits, name


def test_the_identity_of_the_workspace_has_the_roles_that_it_needs_and_no_more() -> None:
    form = r"\[guid\(resourceId\('([\w./]+)', .+\), variables\('workspaceIdentity'\), variables\('(\w+)'\)\)\]"
    found: dict[str, set[str]] = {}
    for resource in [*read("roles.json")["resources"], *read("workspace-roles.json")["resources"]]:
        if named := re.fullmatch(form, resource["name"]):
            assert f"variables('{named[2]}')" in resource["properties"]["roleDefinitionId"]
            found.setdefault(named[1], set()).add(named[2])
    assert found == ROLES_OF_WORKSPACE


@pytest.mark.parametrize("name", ["access.json", "roles.json", "workspace-roles.json"])
def test_a_role_is_the_one_that_its_name_says(name: str) -> None:
    roles = {key: value for key, value in read(name)["variables"].items() if not value.startswith("[")}
    assert roles
    assert {key: ROLES.get(value) for key, value in roles.items()} == {key: key for key in roles}


def test_the_cluster_is_made_when_the_workspace_has_its_roles() -> None:
    deployments = {each["name"]: each for each in read("main.json")["resources"]}
    assert "'workspace-roles'" in str(deployments["compute"]["dependsOn"])
    assert "'roles'" in str(deployments["workspace"]["dependsOn"])


def test_no_version_is_older_than_2022_where_there_is_a_newer_one() -> None:
    assert {kind for kind, version in VERSIONS.items() if version < "2022"} == NEWEST_IS_OLD


def test_the_assembled_template_links_nothing_and_holds_every_resource() -> None:
    whole = assemble()
    assert "templateLink" not in json.dumps(whole)
    inner = [each["properties"]["template"] for each in whole["resources"]]
    files = [read(each["properties"]["templateLink"]["relativePath"]) for each in read("main.json")["resources"]]
    assert inner == files
    scopes = {each["properties"]["expressionEvaluationOptions"]["scope"] for each in whole["resources"]}
    assert scopes == {"inner"}  # else parameters would be main.json's


@pytest.mark.parametrize("environment", sorted(RELAXED))
def test_parameters_relax_what_was_decided_and_no_more(environment: str) -> None:
    declared, given = read("main.json")["parameters"], values(environment)
    relaxable = {name for name, each in declared.items() if can_be_relaxed(each)}
    relaxed = {name for name in relaxable & set(given) if given[name] != declared[name]["defaultValue"]}
    assert relaxed == RELAXED[environment]


def values(environment: str) -> Json:
    settings = load(environment, [f"backend.subscription_id={AZURE}"]).backend
    assert isinstance(settings, AzureMLSettings)
    return collect(environment, settings, find_names(settings))
