"""Run history: what is known of runs, whoever runs them. The SDK uses three addresses for a run; all of them work."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources import identity
from azureml_offline.runs import filters, lifecycle
from azureml_offline.runs.experiments import name_of, require
from azureml_offline.storage import artifacts
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json, State, state

routes = Blueprint("history", __name__, url_prefix=f"/history/v1.0{WORKSPACE}")
LOGS = ("user_logs/", "azureml-logs/", "logs/", "system_logs/")
QUIET = ("Heartbeat",)  # says that a run goes on, which needs no answer: no run is ended for want of one
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
    with state().lock:
        changed = _add_or_change(state(), run, experiment or name_of(state(), experiment_id), request.get_json())
    return jsonify(changed)


@routes.patch("/experiments/<experiment>/batch/runs")
def update_several(experiment: str) -> Response:
    """Create or change several runs at once, as the children of a run begin."""
    with state().lock:
        changed = {one["runId"]: _add_or_change(state(), one["runId"], experiment, one) for one in _sent("runs")}
    return jsonify(runs=changed, errors={})


def _sent(key: str) -> list[Json]:
    found: list[Json] = request.get_json().get(key) or []
    return found


def _add_or_change(workspace: State, run: str, experiment: str, body: Json) -> Json:
    found = workspace.runs.get(run)
    if found is None:
        above = {"parentRunId": body.get("parentRunId"), "runType": body.get("runType") or "azureml.sdkrun"}
        found = lifecycle.create(workspace, run, experiment, **above)
    _merge(found.record, body)
    return found.record


def _merge(record: Json, changes: Json) -> None:
    # Null changes nothing, and no request may change which run it is.
    before = record["properties"]
    changed = [name for name, value in (changes.get("properties") or {}).items() if before.get(name, value) != value]
    if changed:
        remedy = "a tag can be changed instead"
        refuse(400, "UserError", f"Properties of a run are immutable: {', '.join(changed)} is set already; {remedy}.")
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
        warnings=found.record.get("warnings") or [],
        inputDatasets=[],
        outputDatasets=[],
        runDefinition=found.definition,
        logFiles={path: artifacts.url(state(), artifacts.RUNS, found.container, path) for path in logs},
    )


@route("GET", "/children")
def children(run: str, **_: str) -> Response:
    """List the children of a run, a page at a time."""
    asked = request.args
    order = " ".join(asked[key] for key in ("$orderby", "$sortorder") if key in asked)
    found = [one.record for one in list(state().runs.values()) if one.record["parentRunId"] == run]
    return _page(found, asked.get("$filter"), order, asked.get("$top"), asked.get("$continuationToken"))


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
    _happen(state(), run, request.get_json())
    return Response()


@routes.post("/experiments/<experiment>/batch/events")
def events(experiment: str) -> Response:
    """Follow several events at once, as the children of a run begin; each names its run."""
    del experiment  # the ids of runs are those of the workspace
    for one in _sent("events"):
        _happen(state(), str((one.get("data") or {}).get("RunId")), one)
    return jsonify(errors=[])


def _happen(workspace: State, run: str, event: Json) -> None:
    found, name = lifecycle.find(workspace, run), event["name"].rpartition(".")[2]
    # The SDK begins the keys of an event's data with a capital letter.
    data = {key[:1].lower() + key[1:]: value for key, value in (event.get("data") or {}).items()}
    if name == "CancelRequested":
        lifecycle.cancel(found)
    elif name in EVENTS:
        lifecycle.enter(workspace, found, EVENTS[name])
    elif name == "Error":
        found.record["error"] = data.get("errorResponse")
    elif name == "Warning":
        found.record["warnings"] = [*(found.record.get("warnings") or []), data]
    elif name not in QUIET:
        refuse(400, "UserError", f"The offline workspace does not know the event {event['name']} of a run.")


@route("GET", "/metricsingest/wait")
def wait_for_metrics(**_: str) -> Response:
    """Answer at once: metrics are stored as soon as they are sent."""
    return Response()


@routes.post("/experiments/<experiment>/runs:query")
@routes.post("/experimentids/<experiment_id>/runs:query")
def query(experiment: str = "", experiment_id: str = "") -> Response:
    """List an experiment's runs that the filter lets through, a page at a time."""
    wanted, above = request.get_json(silent=True) or {}, require(state(), experiment, experiment_id)
    runs = [run.record for run in list(state().runs.values()) if run.record["experimentId"] == above["experimentId"]]
    return _page(runs, *(wanted.get(key) for key in ("filter", "orderby", "top", "continuationToken")))


@routes.get("/computes/<compute>/runs")
def active(compute: str) -> Response:
    """List the runs of a compute target that have not ended."""
    ongoing = [run for run in list(state().runs.values()) if not run.ended]
    found = [run.record for run in ongoing if run.record["target"] == compute]
    asked = request.args
    return _page(found, asked.get("$filter"), None, asked.get("$top"), asked.get("$continuationToken"))


def _page(runs: list[Json], wanted: str | None, order: str | None, size: str | None, token: str | None) -> Response:
    found = filters.sort(filters.select(runs, wanted, filters.RUN_FIELDS), order, filters.RUN_FIELDS)
    return jsonify(filters.page(found, size, token))
