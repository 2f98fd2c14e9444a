"""The resource group to deploy to, and who is logged in to do it."""

from collections.abc import Mapping
from dataclasses import dataclass

from operation.execution.azure_cli import AzureCli, text_at
from operation.execution.backends.azureml.workspace_names import Names
from operation.execution.infrastructure.azure_errors import remedies


@dataclass(frozen=True)
class ResourceGroup:
    """A resource group and the CLI. Every call names both subscription and group: the CLI's defaults may be others."""

    cli: AzureCli
    names: Names

    @property
    def options(self) -> list[str]:
        """Return the CLI's options that name the group and its subscription."""
        return ["--resource-group", self.names.resource_group, *self.subscription]

    @property
    def subscription(self) -> list[str]:
        """Return the CLI's options that name the subscription."""
        return ["--subscription", self.names.subscription_id]

    def reach(self, known: Mapping[str, str] | None = None) -> str:
        """Return group, region, subscription and login in words; raises AzureCliError if one of them is missing."""
        known, group = known or remedies(self.names), self.names.resource_group
        # First the subscription and then the group: each fails with an error of its own, and so has its own remedy.
        doing = "see the subscription"
        account = self.cli.mapping(doing, "account", "show", *self.subscription, remedies=known)
        subscription, user = text_at(account, doing, "name"), text_at(account, doing, "user", "name")
        doing, command = f"see the resource group {group}", ["group", "show", "--name", group, *self.subscription]
        region = text_at(self.cli.mapping(doing, *command, remedies=known), doing, "location")
        return f"{group} in {region}, subscription {subscription}, as {user}"
