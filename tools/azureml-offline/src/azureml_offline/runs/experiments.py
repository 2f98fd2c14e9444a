"""Experiments: names that runs are kept under, found by name or by id."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.workspace.names import WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, State, now, state

routes = Blueprint("experiments", __name__, url_prefix=f"/history/v1.0{WORKSPACE}")


def find_or_create(workspace: State, name: str) -> Json:
    """Return the experiment of that name, a new one if there is none."""
    new: Json = {"experimentId": identifier(), "name": name, "description": None, "createdUtc": now(), "tags": {}}
    return workspace.experiments.setdefault(name, new)


def name_of(workspace: State, experiment_id: str) -> str:
    """Return the name of the experiment with that id; refuse an unknown one."""
    for name, experiment in workspace.experiments.items():
        if experiment["experimentId"] == experiment_id:
            return name
    not_found(f"Experiment {experiment_id}")


@routes.get("/experiments/<experiment>")
def read(experiment: str) -> Response:
    """Return an experiment by its name."""
    return jsonify(state().experiments.get(experiment) or not_found(f"Experiment {experiment}"))


@routes.post("/experiments/<experiment>")
def create(experiment: str) -> Response:
    """Create an experiment, or return the one that exists."""
    return jsonify(find_or_create(state(), experiment))


@routes.post("/experiments:query")
def query() -> Response:
    """List all experiments."""
    return jsonify(value=list(state().experiments.values()))


@routes.get("/experimentids/<experiment_id>")
def read_by_id(experiment_id: str) -> Response:
    """Return an experiment by its id."""
    return jsonify(state().experiments[name_of(state(), experiment_id)])


@routes.patch("/experimentids/<experiment_id>")
def tag(experiment_id: str) -> Response:
    """Add tags to an experiment."""
    experiment = state().experiments[name_of(state(), experiment_id)]
    with state().lock:
        experiment["tags"].update(request.get_json().get("tags") or {})
    return jsonify(experiment)
