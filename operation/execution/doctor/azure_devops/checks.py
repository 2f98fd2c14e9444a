"""Check a project in Azure DevOps against required.yaml; what is missing is reported with what to click."""

from collections.abc import Callable, Iterator
from functools import partial

from operation import console
from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli, Json
from operation.execution.doctor.azure_devops.project import find_project
from operation.execution.doctor.azure_devops.required import Guarded, Required, read_required
from operation.execution.doctor.azure_devops.rest_api import RestApi
from operation.execution.doctor.checklist import Check, report

MAIN = "refs/heads/main"
OPTIONAL = "not there, and optional; so is what belongs to it"


def examine(named: str | None = None) -> None:
    """Check everything in required.yaml and print the results; `named` is "organisation/project".

    Raises:
        OperationError: something is missing, or Azure DevOps cannot be asked.
    """
    required, project = read_required(), find_project(named)
    state = ProjectState(RestApi(AzureCli.found(), project))
    console.say(f"Project {project}")
    report(Check(name, look) for name, look in checks(required, state))
    console.say("Not checked: approvers, rights in Azure, branch policies, and whatever only a run can show.")


def checks(required: Required, state: "ProjectState") -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the name of each thing that must exist, and how to check it."""
    # A pipeline that a team chose not to have needs no service connection and no environment either.
    absent = [file for file in required.optional_pipelines if not state.pipelines_of(file)]
    for file in (*required.pipelines, *required.optional_pipelines):
        yield f"pipeline {file}", partial(str, OPTIONAL) if file in absent else partial(state.check_pipeline, file)
    for one in required.service_connections:
        if one.pipeline not in absent:
            yield f"service connection {one.name}", partial(state.check_connection, one)
    for one in required.environments:
        if one.pipeline not in absent:
            yield f"environment {one.name}", partial(state.check_environment, one)
    yield "retention of runs", partial(state.check_retention, required.keep_runs_days)


class ProjectState:
    """What a project has, asked once. Names are compared without case, as Azure DevOps does."""

    def __init__(self, api: RestApi) -> None:
        """Ask for it; raises AzureCliError if there is no answer."""
        self.api = api
        self.pipelines = api.pipelines()
        self.connections = {one["name"].lower(): one for one in api.service_connections()}
        self.environments = {one["name"].lower(): one for one in api.environments()}

    def pipelines_of(self, file: str) -> list[Json]:
        """Return the pipelines that run this file."""
        return [one for one in self.pipelines if one.get("process", {}).get("yamlFilename", "").lstrip("/") == file]

    def check_pipeline(self, file: str) -> str:
        """Return the name of the pipeline that runs this file; raises OperationError if none does."""
        found = self.pipelines_of(file)
        address = f"{self.api.project.address}/_build"
        if not found:
            raise OperationError(f"Create it: {address}, New pipeline, this repository, Existing YAML file, /{file}")
        # A paused or disabled pipeline runs neither on a push nor on schedule, and nothing else would say so.
        status = found[0].get("queueStatus", "enabled")
        if status != "enabled":
            raise OperationError(f"{found[0]['name']} is {status}. Enable it: {address}, its menu, Settings")
        return str(found[0]["name"])

    def check_connection(self, wanted: Guarded) -> str:
        """Return the checks of a service connection; raises OperationError with what it lacks."""
        found = self.connections.get(wanted.name.lower())
        page = f"{self.api.project.address}/_settings/adminservices"
        if found is None:
            raise OperationError(
                f"Create it: {page}, New service connection, Azure Resource Manager, App registration (automatic), "
                f"Workload identity federation, scope Subscription with the resource group, name {wanted.name}"
            )
        # A secret expires and can leak; with federation there is none.
        scheme = found.get("authorization", {}).get("scheme", "")
        if scheme != "WorkloadIdentityFederation":
            raise OperationError(
                f"It signs in by {scheme}, which holds a secret. Convert it: {page}, its menu, Convert"
            )
        if not found.get("isReady", True) or found.get("isDisabled", False):
            raise OperationError(f"It is disabled or not ready. Verify it: {page}, Edit, Verify")
        return self._check_guards(wanted, "endpoint", str(found["id"]), page)

    def check_environment(self, wanted: Guarded) -> str:
        """Return the checks of an environment; raises OperationError with what it lacks."""
        found = self.environments.get(wanted.name.lower())
        page = f"{self.api.project.address}/_environments"
        if found is None:
            raise OperationError(f"Create it: {page}, New environment, name {wanted.name}, resource None")
        return self._check_guards(wanted, "environment", str(found["id"]), f"{page}/{found['id']}")

    def check_retention(self, days: int) -> str:
        """Return for how many days runs are kept; raises OperationError if it is fewer than `days`."""
        found = self.api.run_retention_days()
        if found < days:
            page = f"{self.api.project.address}/_settings/settings"
            raise OperationError(f"{found} days. Keep them for {days}: {page}, Retention policy, Days to keep runs")
        return f"{found} days"

    def _check_guards(self, wanted: Guarded, kind: str, identifier: str, page: str) -> str:
        there = {name for name in map(gate_name, self.api.checks(kind, identifier)) if name}
        lacking = [check for check in wanted.checks if check not in there]
        if lacking:
            how = f", with {MAIN} as the allowed branch" if "branch control" in lacking else ""
            raise OperationError(f"Add {', '.join(lacking)}{how}: {page}, Approvals and checks")
        # Open to all, any pipeline that somebody writes in this project could sign in to Azure with it.
        if self.api.permissions(kind, identifier).get("allPipelines", {}).get("authorized", False):
            allowed = " and ".join((wanted.pipeline, *wanted.also))
            raise OperationError(f"Every pipeline may use it. Restrict it to {allowed}: {page}, Security")
        return ", ".join(wanted.checks) or "needs no check"


def gate_name(check: Json) -> str:
    """Return a check's name in required.yaml; "" if it has none, is disabled, or is branch control without main."""
    kind, settings = check.get("type", {}).get("name", ""), check.get("settings") or {}
    if check.get("isDisabled", False):
        return ""
    # Branch control has no kind of its own: it is one of several "task checks", known by its definition.
    if kind == "Task Check" and settings.get("definitionRef", {}).get("name", "").lower() == "evaluatebranchprotection":
        branches = settings.get("inputs", {}).get("allowedBranches", "")
        return "branch control" if MAIN in [branch.strip() for branch in branches.split(",")] else ""
    return {"Approval": "approvals", "ExclusiveLock": "exclusive lock"}.get(kind, "")
