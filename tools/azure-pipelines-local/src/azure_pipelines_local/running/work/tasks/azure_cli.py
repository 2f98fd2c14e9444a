"""AzureCLI@2: its script really runs, and what it is signed in to is an offline workspace."""

import json
import shlex
from pathlib import Path

from azure_pipelines_local.running.machine.console import pluralize
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import RunContext, StepContext
from azure_pipelines_local.running.work.service_connections import Connection, install_az
from azure_pipelines_local.running.work.tasks.scripts import run_script

CONNECTION = ("azureSubscription", "connectedServiceNameARM")


def run_azure_cli(context: StepContext) -> str:
    """Run the inline script, or the file with its arguments, with bash."""
    context.required("scriptType")
    script, sources = _script(context), Path(context.job.variables.get("Build.SourcesDirectory") or ".")
    connection = context.run.connections.connect(context.required(*CONNECTION), script, sources)
    _sign_in(context, connection, sources)
    calls = context.job.temporary / "az-calls"
    install_az(context.job.temporary / "az", calls, connection.answers)
    try:
        run_script(context, script, context.flag("failOnStandardError"), context.folder("workingDirectory", "cwd"))
    finally:
        # Signed out again, as the task does: a plain script after it must not find what only this one was given.
        install_az(context.job.temporary / "az", calls, {})
        count = collect_az_calls(context.run, calls)
    note = f"stand-in: {connection.name} leads to an offline workspace"
    return f"{note}; az was asked {pluralize(count, 'time')}" if count else note


def _script(context: StepContext) -> str:
    if context.input("scriptLocation").lower() == "inlinescript":
        return context.required("inlineScript", "script")
    file = context.path(context.required("scriptPath"))
    if not file.is_file():
        raise TaskError(f"Not found: {file}")
    # Sourced and not run, so that it needs no right to be executed.
    return f". {shlex.quote(str(file))} {context.input('arguments', 'scriptArguments')}"


def _sign_in(context: StepContext, connection: Connection, sources: Path) -> None:
    """Give the script what the task and the network would; the identity only where `addSpnToEnvironment` wants it."""
    # Hidden although it opens nothing outside of this machine: a log that shows it here would show a real one there.
    context.run.secrets.add(connection.federated["idToken"])
    context.extra.update(connection.environment)
    if context.flag("addSpnToEnvironment"):
        context.extra.update(connection.federated)
    # The file that `Workspace.from_config()` looks for; only where the repository names no workspace, whose names
    # must come from its own configuration here as in Azure.
    if connection.config is not None and sources.is_dir():
        (sources / "config.json").write_text(json.dumps(dict(connection.config)), encoding="utf-8")
    context.log.write(f"(stand-in: the service connection {connection.name} leads to the offline workspace")
    context.log.write(
        f"{connection.workspace} on this machine. Nothing reaches Azure; what az answers proves nothing of it.)"
    )


def collect_az_calls(run: RunContext, calls: Path) -> int:
    """Move the recorded calls of `az` to the run's, without secrets, and return their number."""
    lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    run.az_calls += [run.secrets.mask(f"az {line}") for line in lines]
    return len(lines)
