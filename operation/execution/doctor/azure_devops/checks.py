"""Each thing that must exist, looked for; what is missing is told with what to click."""

from collections.abc import Callable, Iterator
from functools import partial

from operation.errors import OperationError
from operation.execution.azure_cli import Json
from operation.execution.doctor.azure_devops.required import Guarded, Required
from operation.execution.doctor.azure_devops.service import Service

MAIN = "refs/heads/main"
OPTIONAL = "not there, and optional; so is what is for it"


class Look:
    """The state of a project, asked once."""

    def __init__(self, service: Service) -> None:
        """Ask; raises AzureCliError if nobody answers."""
        self.service = service
        self.pipelines = service.pipelines()
        self.connections = {one["name"].lower(): one for one in service.service_connections()}
        self.environments = {one["name"].lower(): one for one in service.environments()}

    def of_file(self, file: str) -> list[Json]:
        """The pipelines that have that file."""
        return [one for one in self.pipelines if one.get("process", {}).get("yamlFilename", "").lstrip("/") == file]

    def pipeline(self, file: str) -> str:
        """Say which pipeline has that file; raises OperationError if none has."""
        found = self.of_file(file)
        address = f"{self.service.project.address}/_build"
        if not found:
            raise OperationError(f"Make it: {address}, New pipeline, this repository, Existing YAML file, /{file}")
        stopped = found[0].get("queueStatus", "enabled")
        if stopped != "enabled":
            raise OperationError(f"{found[0]['name']} is {stopped}. Enable it: {address}, its menu, Settings")
        return str(found[0]["name"])

    def connection(self, wanted: Guarded) -> str:
        """Say what a service connection has; raises OperationError with what it lacks."""
        found = self.connections.get(wanted.name.lower())
        page = f"{self.service.project.address}/_settings/adminservices"
        if found is None:
            raise OperationError(
                f"Make it: {page}, New service connection, Azure Resource Manager, App registration (automatic), "
                f"Workload identity federation, scope Subscription with the resource group, name {wanted.name}"
            )
        scheme = found.get("authorization", {}).get("scheme", "")
        if scheme != "WorkloadIdentityFederation":
            raise OperationError(
                f"It signs in by {scheme}, which holds a secret. Convert it: {page}, its menu, Convert"
            )
        if not found.get("isReady", True) or found.get("isDisabled", False):
            raise OperationError(f"It is disabled or not ready. Verify it: {page}, Edit, Verify")
        return self._guarded(wanted, "endpoint", str(found["id"]), page)

    def environment(self, wanted: Guarded) -> str:
        """Say what an environment has; raises OperationError with what it lacks."""
        found = self.environments.get(wanted.name.lower())
        page = f"{self.service.project.address}/_environments"
        if found is None:
            raise OperationError(f"Make it: {page}, New environment, name {wanted.name}, resource None")
        return self._guarded(wanted, "environment", str(found["id"]), f"{page}/{found['id']}")

    def retention(self, days: int) -> str:
        """Say for how many days runs are kept; raises OperationError if these are fewer."""
        found = self.service.days_of_runs()
        if found < days:
            page = f"{self.service.project.address}/_settings/settings"
            raise OperationError(f"{found} days. Keep them for {days}: {page}, Retention policy, Days to keep runs")
        return f"{found} days"

    def _guarded(self, wanted: Guarded, kind: str, identifier: str, page: str) -> str:
        there = {name for name in map(named, self.service.checks(kind, identifier)) if name}
        lacking = [check for check in wanted.checks if check not in there]
        if lacking:
            how = f", with {MAIN} as the allowed branch" if "branch control" in lacking else ""
            raise OperationError(f"Add {', '.join(lacking)}{how}: {page}, Approvals and checks")
        if self.service.permissions(kind, identifier).get("allPipelines", {}).get("authorized", False):
            raise OperationError(f"Every pipeline may use it. Restrict it to {wanted.pipeline}: {page}, Security")
        return ", ".join(wanted.checks) or "no check wanted"


def named(check: Json) -> str:
    """A check's name in required.yaml; "" for others, for one that is disabled, and for branches other than main's."""
    kind, settings = check.get("type", {}).get("name", ""), check.get("settings") or {}
    if check.get("isDisabled", False):
        return ""
    if kind == "Task Check" and settings.get("definitionRef", {}).get("name", "").lower() == "evaluatebranchprotection":
        branches = settings.get("inputs", {}).get("allowedBranches", "")
        return "branch control" if MAIN in [branch.strip() for branch in branches.split(",")] else ""
    return {"Approval": "approvals", "ExclusiveLock": "exclusive lock"}.get(kind, "")


def looks(required: Required, look: Look) -> Iterator[tuple[str, Callable[[], str]]]:
    """The name of each thing, and how to look for it."""
    absent = [file for file in required.optional_pipelines if not look.of_file(file)]
    for file in (*required.pipelines, *required.optional_pipelines):
        yield f"pipeline {file}", partial(str, OPTIONAL) if file in absent else partial(look.pipeline, file)
    for one in required.service_connections:
        if one.pipeline not in absent:
            yield f"service connection {one.name}", partial(look.connection, one)
    for one in required.environments:
        if one.pipeline not in absent:
            yield f"environment {one.name}", partial(look.environment, one)
    yield "retention of runs", partial(look.retention, required.keep_runs_days)
