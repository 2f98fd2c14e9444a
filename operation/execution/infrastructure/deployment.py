"""What `invoke infra` does: tell what would be made, ask Azure, deploy."""

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
from operation.execution.infrastructure import parameters, plan, templates
from operation.execution.infrastructure.remedies import OBJECT_ID, remedies
from operation.execution.infrastructure.target import Target
from operation.execution.infrastructure.terminal import typed
from operation.execution.json_files import write_json

NAME = "invoke-infra"  # one name for all, so that Azure refuses two deployments at once
NOTHING = "Nothing was deployed."
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"


def show_plan(environment: str, settings: Sequence[str] = ()) -> None:
    """Print what would be made, and what Azure says to it, where the CLI is logged in.

    Raises:
        OperationError: a value is not allowed, or Azure was asked and refuses; on an agent also if Azure cannot be
            asked, since somebody approves there what they see.
    """
    configuration, azure = loaded(environment, settings)
    names = planned_names(azure)
    given = parameters.collect(environment, azure, names)
    plan.show(names.resource_group, given)
    try:
        target = Target(AzureCli.found(), find_names(azure))
        told = target.reach()
    except OperationError as error:
        if isinstance(error, AzureCliError) and error.said and not error.logged_out:
            raise
        if os.environ.get("TF_BUILD"):
            raise OperationError(f"Azure was not asked, so there is nothing to approve. {error}") from error
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
    if not (yes or typed("Deploy this? [y/N] ", NOTHING).lower() in ("y", "yes")):
        raise OperationError(NOTHING)
    storage = create(target, files)
    say_next(environment, target.names, given, storage)


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


def create(target: Target, files: list[str]) -> str:
    """Deploy, which takes minutes, and return the storage account's id; Azure goes on when this is interrupted."""
    place, known = target.place, remedies(target.names)
    command = ["deployment", "group", "create", "--name", NAME, *place, *files]
    try:
        with console.step("deploy"):
            made = target.cli.mapping("deploy", *command, remedies=known, patience=None)
    except KeyboardInterrupt:
        cancel = " ".join(["az deployment group cancel --name", NAME, *place])
        console.say(f"Azure goes on with the deployment. To stop it there: {cancel}")
        raise
    return text_at(made, "see what was deployed", "properties", "outputs", "storageId", "value")


def say_next(environment: str, names: Names, given: templates.Json, storage: str) -> None:
    """Print what is left to be done by hand; `storage` is the id of the storage account."""
    console.say(f"Workspace {names}: nothing has to be written into configuration.")
    if not given.get("pipelinePrincipalId"):
        file = Path("azure-pipelines", "infrastructure", "parameters", f"{environment}.json")
        console.say(
            "Pipelines have no role in it yet: put what this prints for the service connection's identity into "
            f"{file.as_posix()} as pipelinePrincipalId, and give the same command again: {OBJECT_ID}"
        )
    console.say(
        "To own the group is no right to read its data. For each person who shall: az role assignment create "
        f'--role "Storage Blob Data Contributor" --assignee PERSON --scope {storage}'
    )
    console.say(f"Next      invoke setup --environment {environment}")
