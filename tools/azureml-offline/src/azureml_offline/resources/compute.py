"""Compute targets: named and remembered; no machine stands behind them, jobs run on this one."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources.resource_manager import operation_headers
from azureml_offline.workspace.names import LOCATION, WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, now, state

routes = Blueprint("compute", __name__)
CHANGED = f"{WORKSPACE}/computes"  # by way of the resource manager
READ = f"/rp/workspaces{WORKSPACE}/computes"  # by way of the workspace's services
NODE_STATES = ("preparing", "running", "idle", "unusable", "leaving", "preempted")


@routes.get(READ)
@routes.get(CHANGED)
def computes() -> Response:
    """All of them."""
    return jsonify(value=list(state().computes.values()))


@routes.get(f"{READ}/<name>")
@routes.get(f"{CHANGED}/<name>")
def read(name: str) -> Response:
    """One of them."""
    return jsonify(state().computes.get(name) or not_found(f"Compute {name}"))


@routes.put(f"{CHANGED}/<name>")
def create(name: str) -> tuple[Response, int, dict[str, str]]:
    """A new one, or the one there is with other settings; ready at once."""
    body = request.get_json()
    if body["properties"]["computeType"] != "AmlCompute":
        refuse(400, "UserError", "The offline workspace knows compute targets of type AmlCompute alone.")
    state().computes[name] = _compute(name, body)
    return jsonify(state().computes[name]), 201, operation_headers()


@routes.delete(f"{CHANGED}/<name>")
def delete(name: str) -> Response:
    """Away with it."""
    state().computes.pop(name, None) or not_found(f"Compute {name}")
    return Response(status=202, headers=operation_headers())


def _compute(name: str, body: Json) -> Json:
    """Without an identity there is no key for it: the SDK takes one that is null for one that is there."""
    kind = (body.get("identity") or {}).get("type")
    principal = {"type": kind, "principalId": identifier(), "tenantId": state().names.tenant}
    return ({"identity": principal} if kind else {}) | {
        "id": f"{state().names.scope}/computes/{name}",
        "name": name,
        "location": LOCATION,
        "tags": body.get("tags"),
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "properties": {
            "computeType": "AmlCompute",
            "computeLocation": LOCATION,
            "description": body["properties"].get("description"),
            "createdOn": now(),
            "modifiedOn": now(),
            "provisioningState": "Succeeded",
            "provisioningErrors": None,
            "resourceId": None,
            "isAttachedCompute": False,
            "disableLocalAuth": None,
            "properties": _cluster(body["properties"].get("properties") or {}),
        },
    }


def _cluster(wanted: Json) -> Json:
    scale: dict[str, Any] = wanted.get("scaleSettings") or {}
    return {
        "vmSize": wanted.get("vmSize") or "STANDARD_D2_V2",
        "vmPriority": wanted.get("vmPriority") or "dedicated",
        "osType": "Linux",
        "subnet": None,
        "remoteLoginPortPublicAccess": "NotSpecified",
        "scaleSettings": {
            "minNodeCount": scale.get("minNodeCount") or 0,
            "maxNodeCount": scale.get("maxNodeCount") or 1,
            "nodeIdleTimeBeforeScaleDown": scale.get("nodeIdleTimeBeforeScaleDown") or "PT1800S",
        },
        "currentNodeCount": 0,
        "targetNodeCount": 0,
        "nodeStateCounts": {f"{node}NodeCount": 0 for node in NODE_STATES},
        "allocationState": "Steady",
        "allocationStateTransitionTime": now(),
        "errors": None,
    }
