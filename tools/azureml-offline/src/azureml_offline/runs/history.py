"""Run history: what is known of runs, whoever runs them. The SDK uses three addresses for a run; all of them work."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources import identity
from azureml_offline.runs import lifecycle
from azureml_offline.runs.experiments import name_of
from azureml_offline.storage import artifacts
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.state import Json, state

routes = Blueprint("history", __name__, url_prefix=f"/history/v1.0{WORKSPACE}")
LOGS = ("user_logs/", "azureml-logs/", "logs/", "system_logs/")
EVENTS = {"Start": "Running", "Completed": "Completed", "Failed": "Failed", "Canceled": "Canceled"}
View = Callable[..., Response]


def route(method: str, rest: str = "") -> Callable[[View], View]:
    """Serve a resource of a run below each of the run's three addresses."""

    def decorate(view: View) -> View:
        for above in ("/experiments/<experiment>", "/experimentids/<experiment_id>", ""):
            rule = f"{above}/runs/<run>{rest}"
            routes.add_url_rule(rule, view.__name__ + above.partition("/<")[0], view, methods=[method])
        return view

    return decorate


@route("GET")
def read(run: str, **_: str) -> Response:
    """Return a run."""
    return jsonify(lifecycle.find(state(), run).record)


@route("PATCH")
def update(run: str, experiment: str = "", experiment_id: str = "") -> Response:
    """Add tags and properties, change other values; create an unknown run, as children and interactive runs begin."""
    body = request.get_json()
    with state().lock:
        found = state().runs.get(run)
        if found is None:
            above = {"parentRunId": body.get("parentRunId"), "runType": body.get("runType") or "azureml.sdkrun"}
            found = lifecycle.create(state(), run, experiment or name_of(state(), experiment_id), **above)
        _merge(found.record, body)
    return jsonify(found.record)


def _merge(record: Json, changes: Json) -> None:
    # Null changes nothing, and no request may change which run it is.
    for key, value in changes.items():
        if key in ("tags", "properties"):
            record[key].update(value or {})
        elif value is not None and key not in ("runId", "dataContainerId"):
            record[key] = value


@route("GET", "/details")
def details(run: str, **_: str) -> Response:
    """Return a run with its definition and the URLs of its logs."""
    found = lifecycle.find(state(), run)
    logs = [path for path in artifacts.list_paths(state(), artifacts.RUNS, found.container) if path.startswith(LOGS)]
    shown = ("runId", "target", "status", "startTimeUtc", "endTimeUtc", "properties")
    return jsonify(
        **{key: found.record[key] for key in shown},
        error=found.record.get("error"),
        inputDatasets=[],
        outputDatasets=[],
        runDefinition=found.definition,
        logFiles={path: artifacts.url(state(), artifacts.RUNS, found.container, path) for path in logs},
    )


@route("GET", "/children")
def children(run: str, **_: str) -> Response:
    """List the children of a run."""
    return jsonify(value=[one.record for one in list(state().runs.values()) if one.record["parentRunId"] == run])


@route("DELETE", "/tags")
def delete_tags(run: str, **_: str) -> Response:
    """Delete tags by name."""
    found = lifecycle.find(state(), run)
    for tag in request.get_json():
        found.record["tags"].pop(tag, None)
    return jsonify(found.record)


@route("GET", "/token")
def token(run: str, **_: str) -> Response:
    """Issue a new token to a job that has outlived its first one."""
    expiry = datetime.now(UTC) + timedelta(seconds=identity.LIFETIME)
    bearer = identity.issue(state(), lifecycle.find(state(), run).id, "run")
    return jsonify(token=bearer, expiryTimeUtc=expiry.isoformat())


@route("POST", "/events")
def event(run: str, **_: str) -> Response:
    """Follow an event of a run that another process runs, or ask for a run's end."""
    body, found = request.get_json(), lifecycle.find(state(), run)
    name = body["name"].rpartition(".")[2]
    if name == "CancelRequested":
        lifecycle.cancel(found)
    elif name in EVENTS:
        lifecycle.enter(state(), found, EVENTS[name])
    elif name == "Error":
        found.record["error"] = (body.get("data") or {}).get("errorResponse")
    return Response()


@route("GET", "/metricsingest/wait")
def wait_for_metrics(**_: str) -> Response:
    """Answer at once: metrics are stored as soon as they are sent."""
    return Response()


@routes.post("/experiments/<experiment>/runs:query")
@routes.post("/experimentids/<experiment_id>/runs:query")
def query(experiment: str = "", experiment_id: str = "") -> Response:
    """List an experiment's runs, newest first, with the tags and the root that the filter names."""
    name = experiment or name_of(state(), experiment_id)
    wanted = (request.get_json(silent=True) or {}).get("filter") or ""
    runs = [run.record for run in list(state().runs.values()) if run.experiment == name]
    for key, value in re.findall(r"tags/([^ ]+) eq ([^ )]+)", wanted):
        runs = [run for run in runs if run["tags"].get(key) == value.strip("'")]
    for root in re.findall(r"RootRunId eq ([^ )]+)", wanted):
        runs = [run for run in runs if run["rootRunId"] == root.strip("'")]
    return jsonify(value=sorted(runs, key=lambda run: str(run["createdUtc"]), reverse=True))
