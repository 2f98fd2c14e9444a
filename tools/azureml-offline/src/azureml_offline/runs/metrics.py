"""Metrics of runs: values with their columns, in the order in which they were logged.

The SDK sends them in several requests at once, so those logged first may arrive last.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from azureml_offline.runs import lifecycle
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, state

routes = Blueprint("metrics", __name__, url_prefix=f"/metric/v2.0{WORKSPACE}/runs/<run>")


@routes.post("/batch")
def log(run: str) -> Response:
    """Add values to metrics."""
    container = lifecycle.find(state(), run).container
    with state().lock:
        known = state().metrics[run]
        for sent in request.get_json()["values"]:
            metric = known.setdefault(sent["name"], sent | {"value": [], "dataContainerId": container})
            metric["value"] = metric["value"] + sent["value"]  # a new list: answers may be reading the old one
            metric["columns"] = metric["columns"] | (sent.get("columns") or {})
    return jsonify(errors=[])


@routes.post("/list")
def metrics(run: str) -> Response:
    """List the names of a run's metrics."""
    known = list(state().metrics[run].items())
    return jsonify(
        value=[{"metricKey": {"namespace": "", "name": name}, "columns": metric["columns"]} for name, metric in known]
    )


@routes.post("/full")
def read(run: str) -> Response:
    """Return all values of a metric."""
    name = request.get_json()["metricName"]
    metric = state().metrics[run].get(name) or not_found(f"Metric {name} of run {run}")
    return jsonify(metric | {"value": sorted(metric["value"], key=_logged), "continuationToken": None})


def _logged(value: Json) -> datetime:
    """Return when a value was logged; one that does not say it is of no time."""
    return datetime.fromisoformat(value.get("createdUtc") or "0001-01-01").replace(tzinfo=UTC)
