"""The life of a run, whoever runs it: it is created, passes through statuses, and ends once."""

from typing import Any

from azureml_offline.runs.experiments import find_or_create
from azureml_offline.workspace.names import identifier
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.run import ENDED, Run
from azureml_offline.workspace.state import State, now


def create(workspace: State, run_id: str, experiment: str, **record: Any) -> Run:
    """Create a run of the experiment; `record` adds to the values of any new run, or replaces them."""
    user = {"userObjectId": workspace.names.client, "userTenantId": workspace.names.tenant, "userName": "offline"}
    with workspace.lock:
        parent = workspace.runs.get(record.get("parentRunId") or "")
        known = {
            "runId": run_id,
            "runNumber": len(workspace.runs) + 1,
            "runUuid": identifier(),
            "rootRunId": parent.record["rootRunId"] if parent else run_id,
            "parentRunId": None,
            "experimentId": find_or_create(workspace, experiment)["experimentId"],
            "dataContainerId": f"dcid.{run_id}",
            "runType": "azureml.scriptrun",
            "status": "NotStarted",
            "createdUtc": now(),
            "startTimeUtc": None,
            "endTimeUtc": None,
            "createdBy": user,  # without it the SDK warns at every call
            "properties": {},
            "tags": {},
            "target": None,
        }
        run = Run(known | record, experiment)
        workspace.runs[run_id] = run
    return run


def find(workspace: State, run_id: str) -> Run:
    """Return the run; refuse the current request if there is none."""
    return workspace.runs.get(run_id) or not_found(f"Run {run_id}")


def enter(workspace: State, run: Run, status: str) -> None:
    """Give the run this status, unless it has ended."""
    with workspace.lock:
        if run.ended:  # a late event, such as the last one of a job that was cancelled
            return
        run.record["status"] = status
        if status == "Running":
            run.record["startTimeUtc"] = run.record["startTimeUtc"] or now()
        if status in ENDED:
            run.record["endTimeUtc"] = now()


def cancel(run: Run) -> None:
    """Ask for the run's end; whoever runs it sees to that."""
    if not run.ended:
        run.record["status"] = "CancelRequested"
        run.cancelled.set()
