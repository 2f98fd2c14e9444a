"""`invoke infra --destroy`: delete a resource group with all that is in it, once its name has been typed."""

import sys
from collections.abc import Mapping, Sequence

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli, Json, text_at
from operation.execution.backends.azureml.workspace_names import find_names
from operation.execution.infrastructure.deployment import loaded
from operation.execution.infrastructure.remedies import remedies
from operation.execution.infrastructure.target import Target
from operation.execution.infrastructure.terminal import typed

VAULT = "Microsoft.KeyVault/vaults"
LOGS = "Microsoft.OperationalInsights/workspaces"
WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def destroy(environment: str, settings: Sequence[str] = ()) -> None:
    """Show what is there, have the name typed, delete, and say what stays behind.

    Raises:
        OperationError: nobody can type, another name was typed, or Azure refuses.
    """
    if not sys.stdin.isatty():
        raise OperationError("invoke infra --destroy has the resource group's name typed, and nobody can type here.")
    target = Target(AzureCli.found(), find_names(loaded(environment, settings)[1]))
    known, group = remedies(target.names), target.names.resource_group
    known["ResourceGroupNotFound"] = "There is nothing to delete."
    console.say(f"Target    {target.reach(known)}")
    there = listed(target, known)
    console.table(f"All of this would be deleted ({len(there)})", ["resource", "name"], rows(there))
    if typed(f"To delete it all, type the name of the resource group ({group}): ", "Nothing was deleted.") != group:
        raise OperationError("Nothing was deleted: that is not its name.")
    with console.step("delete"):
        command = ["group", "delete", "--name", group, *target.subscription, "--yes"]
        target.cli.text(f"delete {group}", *command, remedies=known)
    for line in left_behind(there):
        console.say(line)


def listed(target: Target, known: Mapping[str, str]) -> list[Json]:
    """Type and name of all that is in the group."""
    doing = f"list what is in {target.names.resource_group}"
    there = target.cli.mappings(doing, "resource", "list", *target.place, remedies=known)
    return [{key: text_at(each, doing, key) for key in ("type", "name")} for each in there]


def rows(there: list[Json]) -> list[list[str]]:
    """Type and name of each resource, sorted."""
    return sorted([each["type"], each["name"]] for each in there)


def left_behind(there: list[Json]) -> list[str]:
    """What the deletion of the group does not end."""
    lines = [
        f"Key vault {each['name']}: deleted softly, and kept for up to 90 days by its purge protection. Until then a "
        f"new one of the same group and name needs: az keyvault recover --name {each['name']}"
        for each in there
        if each["type"].lower() == VAULT.lower()
    ]
    lines += [
        f"Workspace {each['name']}: deleted softly. Its runs, its models and its name can stay for 14 days, unless it "
        "is deleted permanently in the portal: Azure Machine Learning, Recently deleted."
        for each in there
        if each["type"].lower() == WORKSPACE.lower()
    ]
    if any(each["type"].lower() == LOGS.lower() for each in there):
        lines.append("Log Analytics keeps its name and logs for 14 days.")
    lines.append(
        "In Azure DevOps, the service connection and its environment are still there; roles in the group are not."
    )
    return lines
