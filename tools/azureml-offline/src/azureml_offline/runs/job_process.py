"""The command and the environment variables of a job's process."""

import time
from pathlib import Path

from azureml_offline.resources import identity
from azureml_offline.workspace import processes
from azureml_offline.workspace.names import SERVICES
from azureml_offline.workspace.run import Run
from azureml_offline.workspace.state import Json, State

RUN_SCRIPT = Path(__file__).with_name("run_script.py")


def command(definition: Json) -> list[str]:
    """Return the words of a run configuration's process. A command's words are joined for the shell, as Azure does."""
    given = definition.get("command")
    if given:
        return ["bash", "-c", given if isinstance(given, str) else " ".join(map(str, given))]
    return ["python", str(RUN_SCRIPT), definition["script"], *map(str, definition.get("arguments") or [])]


def environment(workspace: State, run: Run, python: Path, folder: Path) -> dict[str, str]:
    """Return the variables that Azure ML sets, those of the run configuration, and the way to the services."""
    names = workspace.names
    asked = (run.definition["environment"].get("environmentVariables") or {}) | (
        run.definition.get("environmentVariables") or {}
    )
    token = identity.issue(workspace, run.id, "run")
    # The order decides: the run configuration may replace what is inherited, but not the way to the services: one that
    # names a proxy of its own must not lead the job out of here.
    return {
        **processes.inherit(),
        **{name: str(value) for name, value in asked.items()},
        **workspace.client,
        **_managed(workspace, run),
        "PATH": processes.search_path(python),
        "HOME": str(folder.parent),  # beside the work folder: caches are no files of the job, and no job sees another's
        "PYTHONUNBUFFERED": "1",  # the log can be followed: into a file, Python would write blocks of 8 kB
        "AZUREML_RUN_ID": run.id,
        "AZUREML_RUN_TOKEN": token,
        "AZUREML_RUN_TOKEN_EXPIRY": str(int(time.time()) + identity.LIFETIME),
        "AZUREML_ARM_SUBSCRIPTION": names.subscription,
        "AZUREML_ARM_RESOURCEGROUP": names.resource_group,
        "AZUREML_ARM_WORKSPACE_NAME": names.workspace,
        "AZUREML_ARM_PROJECT_NAME": run.experiment,
        "AZUREML_EXPERIMENT_ID": run.record["experimentId"],
        "AZUREML_WORKSPACE_ID": names.workspace_id,
        "AZUREML_WORKSPACE_SCOPE": names.scope,
        "AZUREML_SERVICE_ENDPOINT": SERVICES,
        "AZUREML_DISCOVERY_SERVICE_ENDPOINT": f"{SERVICES}/discovery/workspaces/{names.workspace_id}",
        "AZUREML_DATA_CONTAINER_ID": run.container,
    }


def _managed(workspace: State, run: Run) -> dict[str, str]:
    """Return the variables that lead to tokens of the cluster's identity, if the cluster has one."""
    cluster = workspace.computes.get(run.definition["target"], {})
    if "identity" not in cluster:
        return {}
    # The variables that Azure ML sets on a cluster's node; the SDK and azure-identity ask where they lead to.
    secret = identity.issue(workspace, run.id, identity.NODE)
    client = cluster["identity"]["principalId"]
    return {
        "MSI_ENDPOINT": f"{SERVICES}{identity.NODE}",
        "MSI_SECRET": secret,
        "DEFAULT_IDENTITY_CLIENT_ID": client,
    }
