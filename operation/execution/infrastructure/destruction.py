"""`invoke infra --destroy`: delete a resource group with all that is in it, once its name has been typed."""

import sys
from collections.abc import Sequence
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli
from operation.execution.backends.azureml.names import find_names
from operation.execution.infrastructure.deployment import Target, loaded
from operation.execution.infrastructure.remedies import remedies

VAULT = "Microsoft.KeyVault/vaults"
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
    there = target.cli.json(f"list what is in {group}", "resource", "list", *target.place, remedies=known)
    console.table(f"All of this would be deleted ({len(there)})", ["resource", "name"], rows(there))
    if input(f"To delete it all, type the name of the resource group ({group}): ").strip() != group:
        raise OperationError("Nothing was deleted: that is not its name.")
    with console.step("delete"):
        command = ["group", "delete", "--name", group, *target.subscription, "--yes"]
        target.cli.text(f"delete {group}", *command, remedies=known)
    for line in left_behind(there):
        console.say(line)


def rows(there: list[dict[str, Any]]) -> list[list[str]]:
    """Type and name of each resource, sorted."""
    return sorted([each["type"], each["name"]] for each in there)


def left_behind(there: list[dict[str, Any]]) -> list[str]:
    """What the deletion of the group does not end."""
    lines = [
        f"Key vault {each['name']}: deleted softly, and kept for up to 90 days by its purge protection. Until then a "
        f"new one of the same group and name needs: az keyvault recover --name {each['name']}"
        for each in there
        if each["type"].lower() == VAULT.lower()
    ]
    if any(each["type"].lower() == WORKSPACE.lower() for each in there):
        lines.append("The workspace's runs and models are gone. Log Analytics keeps its name and logs for 14 days.")
    lines.append(
        "In Azure DevOps, the service connection and its environment are still there; roles in the group are not."
    )
    return lines
