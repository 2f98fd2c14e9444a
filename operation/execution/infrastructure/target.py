"""Where to deploy, and as whom."""

from collections.abc import Mapping
from dataclasses import dataclass

from operation.execution.azure_cli import AzureCli, text_at
from operation.execution.backends.azureml.workspace_names import Names
from operation.execution.infrastructure.remedies import remedies


@dataclass(frozen=True)
class Target:
    """Where to deploy, and the CLI that does; each question names subscription and group, whatever its defaults are."""

    cli: AzureCli
    names: Names

    @property
    def place(self) -> list[str]:
        """The options that name the resource group."""
        return ["--resource-group", self.names.resource_group, *self.subscription]

    @property
    def subscription(self) -> list[str]:
        """The options that name the subscription."""
        return ["--subscription", self.names.subscription_id]

    def reach(self, known: Mapping[str, str] | None = None) -> str:
        """Say as whom one would work where; raises AzureCliError if there is no login, subscription or group."""
        known, group = known or remedies(self.names), self.names.resource_group
        doing = "see the subscription"
        account = self.cli.mapping(doing, "account", "show", *self.subscription, remedies=known)
        subscription, user = text_at(account, doing, "name"), text_at(account, doing, "user", "name")
        doing, command = f"see the resource group {group}", ["group", "show", "--name", group, *self.subscription]
        region = text_at(self.cli.mapping(doing, *command, remedies=known), doing, "location")
        return f"{group} in {region}, subscription {subscription}, as {user}"
