"""What `invoke infra` does: tell what would be made, ask Azure, deploy."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import LOG_IN, AzureCli, AzureCliError
from operation.execution.backends.azureml.names import PLACEHOLDER, Names, find_names
from operation.execution.configuration import AzureMLSettings, Configuration, environments, load
from operation.execution.files import write_json
from operation.execution.infrastructure import parameters, plan, templates
from operation.execution.infrastructure.remedies import remedies

NAME = "invoke-infra"  # one name for all, so that Azure refuses two deployments at once
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"


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
        account = self.cli.json("see the subscription", "account", "show", *self.subscription, remedies=known)
        command = ["group", "show", "--name", group, *self.subscription]
        region = self.cli.json(f"see the resource group {group}", *command, remedies=known)["location"]
        return f"{group} in {region}, subscription {account['name']}, as {account['user']['name']}"


def show_plan(environment: str, settings: Sequence[str] = ()) -> None:
    """Print what would be made, and what Azure says to it, where the CLI is logged in.

    Raises:
        OperationError: a value is not allowed, or Azure was asked and refuses.
    """
    configuration, azure = loaded(environment, settings)
    names = planned_names(azure)
    given = parameters.collect(environment, azure, names)
    plan.show(names.resource_group, given)
    try:
        target = Target(AzureCli.found(), find_names(azure))
        told = target.reach()
    except OperationError as error:
        if isinstance(error, AzureCliError) and error.said and LOG_IN not in error.said:
            raise
        console.say(f"\nAzure was not asked. {error}")
        return
    ask_azure(target, told, written(configuration, environment, given))


def deploy(environment: str, settings: Sequence[str] = (), yes: bool = False) -> None:
    """Show the plan, ask, deploy, and say what comes next.

    Raises:
        OperationError: nobody can answer, the answer is no, or Azure refuses; the message says what to do.
    """
    if not (yes or sys.stdin.isatty()):
        raise OperationError("invoke infra asks before it deploys, and nobody can answer here: add --yes, or --plan.")
    configuration, azure = loaded(environment, settings)
    target = Target(AzureCli.found(), find_names(azure))
    given = parameters.collect(environment, azure, target.names)
    plan.show(target.names.resource_group, given)
    files = written(configuration, environment, given)
    ask_azure(target, target.reach(), files)
    if not (yes or input("Deploy this? [y/N] ").strip().lower() in ("y", "yes")):
        raise OperationError("Nothing was deployed.")
    create(target, files)
    say_next(environment, target.names, given)


def loaded(environment: str, settings: Sequence[str]) -> tuple[Configuration, AzureMLSettings]:
    """The configuration, and its backend; raises OperationError if that is no workspace in Azure."""
    configuration = load(environment, settings)
    backend = configuration.backend
    if isinstance(backend, AzureMLSettings):
        return configuration, backend
    others = [name for name in environments() if load(name).backend.kind == "azureml"]
    raise OperationError(f"{environment} needs nothing in Azure. Choose --environment: {', '.join(others)}.")


def planned_names(azure: AzureMLSettings) -> Names:
    """The names of the configuration, where a config.json does not say others; the subscription may be missing."""
    try:
        return find_names(azure)
    except OperationError:
        return Names(PLACEHOLDER, azure.resource_group, azure.workspace, "configuration/environments")


def written(configuration: Configuration, environment: str, given: templates.Json) -> list[str]:
    """Write template and parameters below outputs; the options that name them."""
    folder = configuration.outputs / "infrastructure" / environment
    folder.mkdir(parents=True, exist_ok=True)
    values = {name: {"value": value} for name, value in given.items()}
    write_json(folder / "main.json", templates.assembled())
    write_json(folder / "parameters.json", {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": values})
    return ["--template-file", str(folder / "main.json"), "--parameters", f"@{folder / 'parameters.json'}"]


def ask_azure(target: Target, told: str, files: list[str]) -> None:
    """Print where one would deploy, whether Azure would accept it, and what it would change."""
    known, command = remedies(target.names), ["deployment", "group"]
    options = ["--name", NAME, *target.place, *files]
    console.say(f"\nTarget    {told}")
    target.cli.text("deploy", *command, "validate", *options, "--output", "none", remedies=known)
    console.say("Validate  Azure accepts the template and its parameters")
    console.say(f"What-if   {target.cli.text('ask what would change', *command, 'what-if', *options, remedies=known)}")


def create(target: Target, files: list[str]) -> None:
    """Deploy, which takes minutes; Azure goes on with it when this is interrupted."""
    place, known = target.place, remedies(target.names)
    command = ["deployment", "group", "create", "--name", NAME, *place, *files, "--output", "none"]
    try:
        with console.step("deploy"):
            target.cli.text("deploy", *command, remedies=known)
    except KeyboardInterrupt:
        cancel = " ".join(["az deployment group cancel --name", NAME, *place])
        console.say(f"Azure goes on with the deployment. To stop it there: {cancel}")
        raise


def say_next(environment: str, names: Names, given: templates.Json) -> None:
    """Print what is left to be done by hand."""
    console.say(f"Workspace {names}: nothing has to be written into configuration.")
    if not given.get("pipelinePrincipalId"):
        file = Path("azure-pipelines", "infrastructure", "parameters", f"{environment}.json")
        console.say(
            "Pipelines have no role in it yet: put the object id of the service connection's identity into "
            f"{file.as_posix()} as pipelinePrincipalId, and give the same command again."
        )
    console.say(f"Next      invoke setup --environment {environment}")
