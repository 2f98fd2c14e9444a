"""Execution: takes jobs, and lets each run in a thread of its own."""

from threading import Thread

from flask import Blueprint, Response, jsonify, request

from azureml_offline import jobs, records, snapshots
from azureml_offline.names import WORKSPACE
from azureml_offline.refusal import refuse
from azureml_offline.state import state

routes = Blueprint("execution", __name__, url_prefix=f"/execution/v1.0{WORKSPACE}/experiments/<experiment>")


@routes.post("/snapshotrun")
def submit(experiment: str) -> Response:
    """Run the configuration's command in the snapshot."""
    body, workspace = request.get_json(), state()
    definition, snapshot, run_id = body["Configuration"], body["SnapshotId"], request.args["runId"]
    snapshots.require(snapshot)
    if run_id in workspace.runs:
        refuse(400, "UserError", f"Run {run_id} exists already.")
    if definition["target"] not in workspace.computes:
        refuse(400, "UserError", f"Unknown compute target '{definition['target']}'.")
    properties = {"ContentSnapshotId": snapshot}
    record = {"target": definition["target"], "properties": properties, "parentRunId": body.get("ParentRunId")}
    run = records.create(workspace, run_id, experiment, status="Queued", **record)
    run.definition = definition
    job = Thread(target=jobs.work, args=(workspace, run, snapshot), daemon=True)
    workspace.jobs.append(job)
    job.start()
    return jsonify(runId=run_id)


@routes.post("/runId/<run>/cancel")
def cancel(run: str, **_: str) -> Response:
    """Ask for the job's end."""
    records.cancel(records.find(state(), run))
    return jsonify({})
