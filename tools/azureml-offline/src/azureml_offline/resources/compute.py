"""Compute targets: names with settings. No cluster stands behind them; jobs run on this machine."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources.resource_manager import operation_headers
from azureml_offline.workspace.names import KUBERNETES, LOCATION, WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, now, state

routes = Blueprint("compute", __name__)
CHANGED = f"{WORKSPACE}/computes"  # through Resource Manager, where the SDK changes them
READ = f"/rp/workspaces{WORKSPACE}/computes"  # through the workspace's services, where it reads them
NODE_STATES = ("preparing", "running", "idle", "unusable", "leaving", "preempted")


@routes.get(READ)
@routes.get(CHANGED)
def computes() -> Response:
    """List all targets."""
    return jsonify(value=list(state().computes.values()))


@routes.get(f"{READ}/<name>")
@routes.get(f"{CHANGED}/<name>")
def read(name: str) -> Response:
    """Return one target."""
    found = state().computes.get(name) or (_kubernetes() if name == KUBERNETES else None)
    return jsonify(found or not_found(f"Compute {name}"))


@routes.put(f"{CHANGED}/<name>")
def create(name: str) -> tuple[Response, int, dict[str, str]]:
    """Create a target or change its settings; it is ready at once."""
    body = request.get_json()
    if body["properties"]["computeType"] != "AmlCompute":
        refuse(400, "UserError", "The offline workspace knows compute targets of type AmlCompute alone.")
    # "Created", with an operation to look at: the SDK polls that, even for a target that is ready.
    state().computes[name] = _compute(name, body)
    return jsonify(state().computes[name]), 201, operation_headers()


@routes.delete(f"{CHANGED}/<name>")
def delete(name: str) -> Response:
    """Delete a target."""
    state().computes.pop(name, None) or not_found(f"Compute {name}")
    return Response(status=202, headers=operation_headers())


def _kubernetes() -> Json:
    """Describe the one cluster of Kubernetes, which is always there and is not listed: jobs cannot run on it."""
    settings = dict.fromkeys(("agentVmSize", "agentCount", "clusterPurpose", "clusterFqdn", "systemServices"))
    settings |= dict.fromkeys(("loadBalancerType", "loadBalancerSubnet"))
    return _target(KUBERNETES, {}, "AKS", settings)


def _compute(name: str, body: Json) -> Json:
    """Describe a cluster for jobs. Without an identity the key is left out: the SDK would take null for one."""
    kind = (body.get("identity") or {}).get("type")
    principal = {"type": kind, "principalId": identifier(), "tenantId": state().names.tenant}
    settings = _cluster(body["properties"].get("properties") or {})
    return ({"identity": principal} if kind else {}) | _target(name, body, "AmlCompute", settings)


def _target(name: str, body: Json, kind: str, settings: Json) -> Json:
    return {
        "id": f"{state().names.scope}/computes/{name}",
        "name": name,
        "location": LOCATION,
        "tags": body.get("tags"),
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "properties": {
            "computeType": kind,
            "computeLocation": LOCATION,
            "description": (body.get("properties") or {}).get("description"),
            "createdOn": now(),
            "modifiedOn": now(),
            "provisioningState": "Succeeded",
            "provisioningErrors": None,
            "resourceId": None,
            "isAttachedCompute": False,
            "disableLocalAuth": None,
            "properties": settings,
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
