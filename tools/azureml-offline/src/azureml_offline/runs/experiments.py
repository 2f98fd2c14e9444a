"""Experiments: names that runs are kept under, found by name or by id. An archived one leaves its name to a new one."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.runs import filters
from azureml_offline.workspace.names import WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, State, now, state

routes = Blueprint("experiments", __name__, url_prefix=f"/history/v1.0{WORKSPACE}")
ACTIVE, ARCHIVED = "ActiveOnly", "ArchivedOnly"


def find_or_create(workspace: State, name: str) -> Json:
    """Return the active experiment of that name, a new one if there is none."""
    with workspace.lock:
        found = _find(workspace, name)
        if found is None or found["archivedTime"]:
            found = {"experimentId": identifier(), "name": name, "description": None, "createdUtc": now()}
            found |= {"archivedTime": None, "tags": {}}
            workspace.experiments[found["experimentId"]] = found
    return found


def _find(workspace: State, name: str) -> Json | None:
    """Return the active experiment of that name, or else the one that was archived last."""
    named = [one for one in workspace.experiments.values() if one["name"] == name]
    return max(named, key=lambda one: one["archivedTime"] or "~", default=None)  # "~" comes after every time


def require(workspace: State, name: str = "", experiment_id: str = "") -> Json:
    """Return the experiment by its name or by its id; refuse an unknown one."""
    found = workspace.experiments.get(experiment_id) if experiment_id else _find(workspace, name)
    return found or not_found(f"Experiment {name or experiment_id}")


def name_of(workspace: State, experiment_id: str) -> str:
    """Return the name of the experiment with that id; refuse an unknown one."""
    return str(require(workspace, experiment_id=experiment_id)["name"])


@routes.get("/experiments/<experiment>")
def read(experiment: str) -> Response:
    """Return an experiment by its name."""
    return jsonify(require(state(), experiment))


@routes.post("/experiments/<experiment>")
def create(experiment: str) -> Response:
    """Create an experiment, or return the one that exists."""
    return jsonify(find_or_create(state(), experiment))


@routes.post("/experiments:query")
def query() -> Response:
    """List the experiments that the filter lets through; without a view, those that are not archived."""
    wanted = request.get_json(silent=True) or {}
    view = wanted.get("viewType") or request.args.get("viewType") or ACTIVE
    found = [
        one
        for one in list(state().experiments.values())
        if view not in (ACTIVE, ARCHIVED) or bool(one["archivedTime"]) == (view == ARCHIVED)
    ]
    found = filters.select(found, wanted.get("filter"), filters.EXPERIMENT_FIELDS)
    found = filters.sort(found, wanted.get("orderby"), filters.EXPERIMENT_FIELDS)
    return jsonify(filters.page(found, wanted.get("top"), wanted.get("continuationToken")))


@routes.get("/experimentids/<experiment_id>")
def read_by_id(experiment_id: str) -> Response:
    """Return an experiment by its id."""
    return jsonify(require(state(), experiment_id=experiment_id))


@routes.patch("/experimentids/<experiment_id>")
def change(experiment_id: str) -> Response:
    """Add tags to an experiment, describe it, archive it or bring it back."""
    experiment, body = require(state(), experiment_id=experiment_id), request.get_json()
    with state().lock:
        if body.get("archive") is False:
            _reactivate(state(), experiment)
        elif body.get("archive"):
            experiment["archivedTime"] = experiment["archivedTime"] or now()
        experiment["tags"].update(body.get("tags") or {})
        experiment["description"] = body.get("description") or experiment["description"]
    return jsonify(experiment)


def _reactivate(workspace: State, experiment: Json) -> None:
    active = _find(workspace, experiment["name"])
    if active and active is not experiment and not active["archivedTime"]:
        refuse(409, "UserError", f"Another experiment {experiment['name']} is active: archive or delete it first.")
    experiment["archivedTime"] = None


@routes.post("/experimentids/<experiment_id>/tags:delete")
def delete_tags(experiment_id: str) -> Response:
    """Delete tags of an experiment by name."""
    experiment = require(state(), experiment_id=experiment_id)
    with state().lock:
        for tag in request.get_json()["tags"]:
            experiment["tags"].pop(tag, None)
    return jsonify(errors={})


@routes.delete("/experimentids/<experiment_id>")
def delete(experiment_id: str) -> Response:
    """Delete an experiment that has no runs."""
    with state().lock:
        experiment = require(state(), experiment_id=experiment_id)
        if any(run.record["experimentId"] == experiment_id for run in state().runs.values()):
            refuse(400, "UserError", f"Only empty experiments can be deleted, and {experiment['name']} has runs.")
        del state().experiments[experiment_id]
    return Response()
