"""Compute targets: names with settings. No cluster stands behind them; jobs run on this machine."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources.resource_manager import operation_headers
from azureml_offline.workspace.names import KUBERNETES, LOCATION, WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, now, state

routes = Blueprint("compute", __name__)
CHANGED = f"{WORKSPACE}/computes"  # through Resource Manager, where the SDK changes them
READ = f"/rp/workspaces{WORKSPACE}/computes"  # through the workspace's services, where it reads them
ASSIGNED = "userAssignedIdentities"
# learn.microsoft.com/azure/virtual-machines/dv2-dsv2-series, .../dv3-dsv3-series, .../ncv3-series
SIZES = (
    ("Standard_DS2_v2", "standardDSv2Family", 2, 0, 7.0, 1047552, 14336),
    ("Standard_DS3_v2", "standardDSv2Family", 4, 0, 14.0, 1047552, 28672),
    ("Standard_DS4_v2", "standardDSv2Family", 8, 0, 28.0, 1047552, 57344),
    ("Standard_D2_v2", "standardDv2Family", 2, 0, 7.0, 1047552, 102400),
    ("Standard_D4s_v3", "standardDSv3Family", 4, 0, 16.0, 1047552, 32768),
    ("Standard_NC6s_v3", "standardNCSv3Family", 6, 1, 112.0, 1047552, 344064),
)
KINDS = ("AmlCompute", "AKS")
# learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftmachinelearningservices
NAMES = {"AmlCompute": (3, 32), "AKS": (2, 16)}  # shortest and longest
SIZE = re.compile(r"(Standard|Basic)_[A-Z]+\d[\w-]*", re.IGNORECASE)
# fmt: off
OF_KUBERNETES = (
    "agentVmSize", "agentCount", "clusterPurpose", "clusterFqdn", "systemServices", "loadBalancerType",
    "loadBalancerSubnet", "sslConfiguration",
)
# fmt: on
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
    """Create a target, attach a cluster or change settings; it is ready at once."""
    body = request.get_json()
    kind, there = body["properties"]["computeType"], state().computes.get(name)
    if kind not in KINDS:
        refuse(400, "UserError", f"The offline workspace has targets of type {' and '.join(KINDS)}, not {kind}.")
    if there and there["properties"]["computeType"] != kind:
        refuse(400, "UserError", f"Compute {name} is of another type than {kind}: delete it first.")
    shortest, longest = NAMES[kind]
    if not re.fullmatch(rf"[A-Za-z0-9-]{{{shortest},{longest}}}", name):
        words = f"{shortest} to {longest} letters, digits and hyphens are expected"
        refuse(400, "UserError", f"Compute name '{name}' is not available. Reason: Invalid. Message: {words}.")
    # "Created", with an operation to look at: the SDK polls that, even for a target that is ready.
    state().computes[name] = _compute(name, body) if kind == "AmlCompute" else _cluster_of_services(name, body)
    return jsonify(state().computes[name]), 201, operation_headers()


@routes.patch(f"{CHANGED}/<name>")
def change(name: str) -> tuple[Response, int, dict[str, str]]:
    """Change how a target scales, or give it an identity."""
    body, found = request.get_json(), state().computes.get(name) or not_found(f"Compute {name}")
    if found["properties"]["computeType"] != "AmlCompute":
        refuse(400, "UserError", f"The offline workspace changes an AmlCompute alone, which {name} is not.")
    with state().lock:
        wanted = (body.get("properties") or {}).get("properties") or {}
        found["properties"]["properties"]["scaleSettings"].update(wanted.get("scaleSettings") or {})
        found["properties"]["modifiedOn"] = now()
        found |= _identity(body)
        state().computes[name] = found
    return jsonify(found), 200, operation_headers()


@routes.post(f"{CHANGED}/<name>/listNodes")
@routes.post(f"{READ}/<name>/listNodes")
def nodes(name: str) -> Response:
    """List the nodes: there are none, for jobs run on this machine."""
    if name not in state().computes:
        not_found(f"Compute {name}")
    return jsonify(nodes=[])


@routes.get("/subscriptions/<subscription>/providers/Microsoft.MachineLearningServices/locations/<location>/vmSizes")
def sizes(subscription: str, location: str) -> Response:
    """List sizes of nodes: a few common ones, though any that is written like them is accepted."""
    del subscription, location
    keys = ("name", "family", "vCPUs", "gpus", "memoryGB", "osVhdSizeMB", "maxResourceVolumeMB")
    common = [dict(zip(keys, size, strict=True)) | {"lowPriorityCapable": True, "premiumIO": True} for size in SIZES]
    return jsonify(amlCompute=common)


@routes.delete(f"{CHANGED}/<name>")
def delete(name: str) -> Response:
    """Delete a target."""
    state().computes.pop(name, None) or not_found(f"Compute {name}")
    return Response(status=202, headers=operation_headers())


def _kubernetes() -> Json:
    """Describe the cluster of Kubernetes that is always there and is not listed."""
    return _target(KUBERNETES, {}, "AKS", dict.fromkeys(OF_KUBERNETES))


def _cluster_of_services(name: str, body: Json) -> Json:
    """Describe a cluster of Kubernetes: web services are deployed to it, and jobs cannot run on it."""
    asked = body["properties"].get("properties") or {}
    known = dict.fromkeys(OF_KUBERNETES) | {"agentCount": 3, "agentVmSize": "Standard_D3_v2"}
    return _target(name, body, "AKS", known | {key: value for key, value in asked.items() if value is not None})


def _compute(name: str, body: Json) -> Json:
    """Describe a cluster for jobs. Without an identity the key is left out: the SDK would take null for one."""
    asked = body["properties"].get("properties") or {}
    size = asked.get("vmSize")
    if size and not SIZE.fullmatch(size):
        refuse(400, "UserError", f"VM size {size} does not exist; one such as Standard_DS3_v2 is expected.")
    settings = _cluster(asked)
    return _identity(body) | _target(name, body, "AmlCompute", settings)


def _identity(body: Json) -> Json:
    asked = body.get("identity") or {}
    if not asked.get("type"):
        return {}
    owner = {"principalId": identifier(), "tenantId": state().names.tenant}
    assigned = {each: {"principalId": identifier(), "clientId": identifier()} for each in asked.get(ASSIGNED) or {}}
    return {"identity": {"type": asked["type"], **owner} | ({ASSIGNED: assigned} if assigned else {})}


def _target(name: str, body: Json, kind: str, settings: Json) -> Json:
    asked = body.get("properties") or {}
    return {
        "id": f"{state().names.scope}/computes/{name}",
        "name": name,
        "location": LOCATION,
        "tags": body.get("tags"),
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "properties": {
            "computeType": kind,
            "computeLocation": asked.get("computeLocation") or LOCATION,
            "description": asked.get("description"),
            "createdOn": now(),
            "modifiedOn": now(),
            "provisioningState": "Succeeded",
            "provisioningErrors": None,
            "resourceId": asked.get("resourceId"),
            "isAttachedCompute": bool(asked.get("resourceId")),
            "disableLocalAuth": asked.get("disableLocalAuth"),
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
