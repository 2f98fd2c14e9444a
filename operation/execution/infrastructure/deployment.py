"""Show what would be deployed, ask Azure about it, and deploy it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli, AzureCliError, text_at
from operation.execution.backends.azureml.workspace_names import PLACEHOLDER, Names, find_names
from operation.execution.configuration.loading import environments, load
from operation.execution.configuration.sections import AzureMLSettings, Configuration
from operation.execution.infrastructure import arm_templates, parameters, planned_resources
from operation.execution.infrastructure.azure_errors import OBJECT_ID, remedies
from operation.execution.infrastructure.resource_group import ResourceGroup
from operation.execution.json_files import write_json

NAME = "invoke-infra"  # always the same, so that Azure refuses a second deployment while one is under way
NOTHING = "Nothing was deployed."
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"


def show_plan(environment: str, settings: Sequence[str] = (), use_case: str | None = None) -> None:
    """Print what would be created and, where the Azure CLI is logged in, what Azure says about it.

    Raises:
        OperationError: a value is not allowed, or Azure refuses. On an agent also if Azure cannot be asked, because
            somebody approves the deployment by what this prints.
    """
    configuration, azure = load_azure(environment, settings, use_case)
    names = names_or_placeholder(azure)
    values = parameters.collect(environment, azure, names)
    planned_resources.show(names.resource_group, values)
    try:
        group = ResourceGroup(AzureCli.found(), find_names(azure))
        reached = group.reach()
    except OperationError as error:
        # An error with Azure's own words is an answer; only without one (no CLI, no login, no names) is half a plan
        # still worth showing, and only to a person who knows that it is half.
        if isinstance(error, AzureCliError) and error.said and not error.logged_out:
            raise
        if os.environ.get("TF_BUILD"):
            raise OperationError(f"Azure was not asked, so there is nothing to approve. {error}") from error
        console.say(f"\nAzure was not asked. {error}")
        return
    ask_azure(group, reached, write_files(configuration, environment, values))


def deploy(environment: str, settings: Sequence[str] = (), yes: bool = False, use_case: str | None = None) -> None:
    """Show the plan, ask for confirmation, deploy, and print the next steps.

    Raises:
        OperationError: nobody can answer, the answer is no, or Azure refuses; the message says what to do.
    """
    configuration, azure = load_azure(environment, settings, use_case)
    # Before Azure is asked: on an agent, the question would wait until the job's time is up.
    if not (yes or sys.stdin.isatty()):
        raise OperationError("invoke infra asks before it deploys, and nobody can answer here: add --yes or --plan.")
    group = ResourceGroup(AzureCli.found(), find_names(azure))
    values = parameters.collect(environment, azure, group.names)
    planned_resources.show(group.names.resource_group, values)
    files = write_files(configuration, environment, values)
    ask_azure(group, group.reach(), files)
    if not (yes or console.ask("Deploy this? [y/N] ", NOTHING).lower() in ("y", "yes")):
        raise OperationError(NOTHING)
    storage = create(group, files)
    say_next(environment, group.names, values, storage)


def load_azure(
    environment: str, settings: Sequence[str], use_case: str | None
) -> tuple[Configuration, AzureMLSettings]:
    """Load the configuration and its backend; raises OperationError if that is not a workspace in Azure."""
    configuration = load(environment, settings, use_case)
    backend = configuration.backend
    if isinstance(backend, AzureMLSettings):
        return configuration, backend
    others = [name for name in environments() if load(name).backend.kind == "azureml"]
    raise OperationError(f"{environment} needs nothing in Azure. Choose --environment: {', '.join(others)}.")


def names_or_placeholder(azure: AzureMLSettings) -> Names:
    """Return the workspace's names. A plan needs no subscription, so its placeholder will do where nobody set one."""
    try:
        return find_names(azure)
    except OperationError:
        return Names(PLACEHOLDER, azure.resource_group, azure.workspace, "configuration/environments")


def write_files(configuration: Configuration, environment: str, values: arm_templates.Json) -> list[str]:
    """Write template and parameters into the outputs folder, and return the CLI's options that name them."""
    # Kept after the deployment, so that anybody can see what was sent, and give it to `az` by hand.
    folder = configuration.common_outputs / "infrastructure" / environment
    folder.mkdir(parents=True, exist_ok=True)
    wrapped = {name: {"value": value} for name, value in values.items()}
    write_json(folder / "main.json", arm_templates.assemble())
    write_json(folder / "parameters.json", {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": wrapped})
    return ["--template-file", str(folder / "main.json"), "--parameters", f"@{folder / 'parameters.json'}"]


def ask_azure(group: ResourceGroup, reached: str, files: list[str]) -> None:
    """Print where this would deploy, whether Azure accepts it, and what it would change."""
    known, command = remedies(group.names), ["deployment", "group"]
    options = ["--name", NAME, *group.options, *files]
    console.say(f"\nTarget    {reached}")
    # Two questions, because what-if says what would change and not whether Azure would accept it.
    group.cli.text("deploy", *command, "validate", *options, "--output", "none", remedies=known)
    console.say("Validate  Azure accepts the template and its parameters")
    console.say(f"What-if   {group.cli.text('ask what would change', *command, 'what-if', *options, remedies=known)}")


def create(group: ResourceGroup, files: list[str]) -> str:
    """Deploy, which takes minutes, and return the storage account's id; Azure goes on when this is interrupted."""
    known = remedies(group.names)
    command = ["deployment", "group", "create", "--name", NAME, *group.options, *files]
    try:
        with console.step("deploy"):
            # No limit of time: the first cluster alone takes half an hour.
            answer = group.cli.mapping("deploy", *command, remedies=known, patience=None)
    except KeyboardInterrupt:
        # The CLI only waits: ending it ends nothing in Azure. Nobody should believe that Ctrl-C stopped the costs.
        cancel = " ".join(["az deployment group cancel --name", NAME, *group.options])
        console.say(f"The deployment goes on in Azure. To stop it there: {cancel}")
        raise
    return text_at(answer, "see what was deployed", "properties", "outputs", "storageId", "value")


def say_next(environment: str, names: Names, values: arm_templates.Json, storage: str) -> None:
    """Print what remains to be done by hand; `storage` is the id of the storage account."""
    console.say(f"Workspace {names}: nothing has to be written into configuration.")
    if not values.get("pipelinePrincipalId"):
        file = Path("azure-pipelines", "infrastructure", "parameters", f"{environment}.json")
        console.say(
            f"Pipelines have no role in it yet: run {OBJECT_ID} for the identity of the service connection, write the "
            f"id into {file.as_posix()} as pipelinePrincipalId, and run this command again."
        )
    # With identity-based access no role on the group includes its data, not even Owner.
    console.say(
        "Owner of the group does not include the right to read its data. For each person who needs it: az role "
        f'assignment create --role "Storage Blob Data Contributor" --assignee PERSON --scope {storage}'
    )
    console.say(f"Next      invoke setup --environment {environment}")
