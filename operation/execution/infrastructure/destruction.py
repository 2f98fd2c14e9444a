"""`invoke infra --destroy`: delete a resource group and everything in it, once its name has been typed."""

import sys
from collections.abc import Mapping, Sequence

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli, Json, text_at
from operation.execution.backends.azureml.workspace_names import find_names
from operation.execution.infrastructure.azure_errors import remedies
from operation.execution.infrastructure.deployment import load_azure
from operation.execution.infrastructure.resource_group import ResourceGroup

VAULT = "Microsoft.KeyVault/vaults"
LOGS = "Microsoft.OperationalInsights/workspaces"
WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def destroy(environment: str, settings: Sequence[str] = (), use_case: str | None = None) -> None:
    """List what is there, have the group's name typed, delete the group, and print what stays behind.

    Raises:
        OperationError: nobody can type, another name was typed, or Azure refuses.
    """
    azure = load_azure(environment, settings, use_case)[1]
    # There is no --yes for this: no script and no pipeline should be able to delete a workspace.
    if not sys.stdin.isatty():
        raise OperationError("invoke infra --destroy asks for the resource group's name, and nobody can type it here.")
    group = ResourceGroup(AzureCli.found(), find_names(azure))
    known, name = remedies(group.names), group.names.resource_group
    # Otherwise this error's remedy is to create the group.
    known["ResourceGroupNotFound"] = "There is nothing to delete."
    console.say(f"Target    {group.reach(known)}")
    resources = list_resources(group, known)
    rows = sorted([each["type"], each["name"]] for each in resources)
    console.table(f"All of this would be deleted ({len(resources)})", ["resource", "name"], rows)
    # The name and not just "y": a group may hold what others put there, and nothing brings it back.
    answer = console.ask(f"To delete it all, type the name of the resource group ({name}): ", "Nothing was deleted.")
    if answer != name:
        raise OperationError("Nothing was deleted: that is not the group's name.")
    with console.step("delete"):
        command = ["group", "delete", "--name", name, *group.subscription, "--yes"]
        group.cli.text(f"delete {name}", *command, remedies=known)
    for line in left_behind(resources):
        console.say(line)


def list_resources(group: ResourceGroup, known: Mapping[str, str]) -> list[Json]:
    """Return type and name of everything in the group."""
    doing = f"list what is in {group.names.resource_group}"
    found = group.cli.mappings(doing, "resource", "list", *group.options, remedies=known)
    return [{key: text_at(each, doing, key) for key in ("type", "name")} for each in found]


def left_behind(resources: list[Json]) -> list[str]:
    """Say what outlives the group: soft-deleted vaults, workspaces and logs keep their names."""
    lines = [
        f"Key vault {each['name']}: soft-deleted, and kept for up to 90 days by its purge protection. Until then, to "
        f"create one of the same group and name, first run: az keyvault recover --name {each['name']}"
        for each in resources
        if each["type"].lower() == VAULT.lower()  # Azure spells types in varying case
    ]
    lines += [
        f"Workspace {each['name']}: soft-deleted. Its runs, models and name can stay for 14 days, unless it is deleted "
        "permanently in the portal: Azure Machine Learning, Recently deleted."
        for each in resources
        if each["type"].lower() == WORKSPACE.lower()
    ]
    if any(each["type"].lower() == LOGS.lower() for each in resources):
        lines.append("Log Analytics keeps its name and logs for 14 days.")
    lines.append("In Azure DevOps, the service connection and its environment still exist; their roles here do not.")
    return lines
