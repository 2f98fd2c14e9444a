"""Descriptions of web services (JSON): check what a client asks for, fill in what the SDK expects, answer queries."""

from collections.abc import Iterator, Mapping
from typing import Any

from azureml_offline.model_management import pages
from azureml_offline.resources import curated
from azureml_offline.workspace.names import ADDRESS, KUBERNETES, LOCATION, container_host, identifier
from azureml_offline.workspace.state import Json, State, now

ACI, AKS, ENDPOINT = "ACI", "AKS", "AKSENDPOINT"
KINDS = (ACI, AKS, ENDPOINT)
IN_CLUSTER = (AKS, ENDPOINT)
LABELS = {"tags": "kvTags", "tag": "kvTags", "properties": "properties"}  # of a list's query, to keys of a record
MOST_IN_ACI = {
    "cpu": 4,
    "memoryInGB": 16,
}  # learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits
NOT_SHOWN = ("keys", "overwrite")
# fmt: off
OPTIONAL = {
    ACI: ("cname", "encryptionProperties", "sslCertificate", "sslKey", "vnetConfiguration"),
    AKS: ("computeName", "isDefault", "trafficPercentile"),
}
# fmt: on
DEFAULTS: dict[str, Json] = {
    ACI: {"authEnabled": False, "sslEnabled": False},
    AKS: {
        "authEnabled": True,
        "aadAuthEnabled": False,
        "namespace": "azureml-services",
        "numReplicas": 1,
        "maxConcurrentRequestsPerContainer": 1,
        "maxQueueWaitMs": 500,
        "scoringTimeoutMs": 60_000,
        "deploymentStatus": {"replicas": 1, "availableReplicas": 1},
        "autoScaler": dict.fromkeys(("maxReplicas", "minReplicas", "refreshPeriodInSeconds", "targetUtilization"), None)
        | {"autoscaleEnabled": False},
        "dataCollection": {"eventHubEnabled": False, "storageEnabled": False},
        "livenessProbeRequirements": {
            "periodSeconds": 10,
            "initialDelaySeconds": 310,
            "timeoutSeconds": 2,
            "failureThreshold": 3,
            "successThreshold": 1,
        },
    },
}


def describe(workspace: State, body: Json) -> Json:
    """Return the record of a new service; `body` is the SDK's request."""
    kind, asked = body["computeType"], {key: value for key, value in body.items() if key not in NOT_SHOWN}
    known: Json = dict.fromkeys(OPTIONAL[kind]) | {
        "id": body["name"],
        "createdTime": now(),
        "createdBy": {"userName": "offline"},
        "appInsightsEnabled": False,
        "description": None,
        "imageId": None,
        "error": None,
    }
    record = _fill(asked, known | DEFAULTS[kind]) | _address(kind, body)
    record["authEnabled"] = has_keys(body, record["authEnabled"])
    record["location"] = body.get("location") or LOCATION
    record["kvTags"], record["properties"] = body.get("kvTags") or {}, body.get("properties") or {}
    record["containerResourceRequirements"] = _resources(body.get("containerResourceRequirements") or {})
    return refresh(workspace, record)


def has_keys(body: Json, otherwise: bool) -> bool:
    """Say whether a new service opens with keys: by default, only if it does not open with tokens."""
    asked = body.get("authEnabled")
    return bool(asked) if asked is not None else otherwise and not body.get("aadAuthEnabled")


def refresh(workspace: State, record: Json) -> Json:
    """Return the record at the start of a deployment, with the models that its image request names."""
    models = record["environmentImageRequest"].get("modelIds") or []
    return record | {
        "models": [workspace.models[model] for model in models],
        "state": "Transitioning",
        "error": None,
        "updatedTime": now(),
    }


def _fill(asked: Json, known: Json) -> Json:
    """Complete a request with defaults, which also replace null, one level down as well."""
    answer = known | {key: value for key, value in asked.items() if value is not None}
    for key, value in known.items():
        if isinstance(value, dict) and isinstance(answer[key], dict):
            answer[key] = value | {name: one for name, one in answer[key].items() if one is not None}
    return answer


def _resources(asked: Json) -> Json:
    known: dict[str, Any] = dict.fromkeys(("cpuLimit", "memoryInGBLimit", "gpu"))
    return known | asked | {"cpu": asked.get("cpu") or 0.1, "memoryInGB": asked.get("memoryInGB") or 0.5}


def _address(kind: str, body: Json) -> Json:
    """Return where requests go: a container group has its own host, a cluster a path for each service."""
    if kind == AKS:
        return {"scoringUri": f"http://{ADDRESS}:80/api/v1/service/{body['name']}/score"}
    host = container_host(body.get("dnsNameLabel") or identifier(), body.get("location") or LOCATION)
    return {"scoringUri": f"http://{host}/score", "publicFqdn": host, "publicIp": ADDRESS}


def reason_to_refuse(workspace: State, body: Json) -> str | None:
    """Return the first reason not to deploy what a request or a record describes; None if there is none."""
    return next(_reasons(workspace, body), None)


def _reasons(workspace: State, body: Json) -> Iterator[str]:
    kind, name, asked = body["computeType"], body["name"], body.get("environmentImageRequest") or {}
    there = workspace.services.get(name)
    if kind not in KINDS:
        yield f"The offline workspace has no services of type {kind}: it has {', '.join(KINDS)}."
    if there and there.record["computeType"] != kind:
        yield f"Service {name} is of type {there.record['computeType']}, which cannot become {kind}: delete it first."
    clusters = [name for name, one in workspace.computes.items() if one["properties"]["computeType"] == "AKS"]
    if kind in IN_CLUSTER and body.get("computeName") not in (KUBERNETES, *clusters):
        known = ", ".join((KUBERNETES, *clusters))
        yield f"ComputeTarget {body.get('computeName')} was not found: the offline workspace has {known}."
    yield from two_locks(body)
    yield from _too_large(kind, body.get("containerResourceRequirements") or {})
    for model in asked.get("modelIds") or []:
        if model not in workspace.models:
            yield f"Model {model} was not found."
    if not asked.get("assets"):
        yield "The offline workspace deploys with an InferenceConfig and an Environment alone."
    # Not its variables: the SDK adds those that name the scoring script.
    if wrong := curated.reason_to_refuse(workspace, asked.get("environment") or {}, "python", "docker"):
        yield wrong
    others = [one.record for one in workspace.services.values() if one.name != name]
    if (label := body.get("dnsNameLabel")) and label in [one.get("dnsNameLabel") for one in others]:
        yield f"The DNS name label {label} is taken by another service."


def _too_large(kind: str, asked: Json) -> Iterator[str]:
    for key in ("cpu", "memoryInGB"):
        size, limit = float(asked.get(key) or 0), float(asked.get(f"{key}Limit") or "inf")
        if kind == ACI and size > MOST_IN_ACI[key]:
            yield f"A container group can have {MOST_IN_ACI[key]} of {key} at most, not {size:g}."
        if size > limit:
            yield f"{key} must be at most {key}Limit, not {size:g} of {limit:g}."


def two_locks(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reason to refuse a service that would open with keys and with tokens."""
    if record.get("aadAuthEnabled") and record.get("authEnabled"):
        yield "A service opens with keys or with tokens: authEnabled and aadAuthEnabled cannot both be true."


def audience(name: str) -> str:
    """Return what a token for a service is for."""
    return f"service/{name}"


def matches(record: Json, wanted: Mapping[str, str]) -> bool:
    """Say whether a service is one of those that a list's query asks for."""
    models = record["models"]
    return (
        wanted.get("computeType", record["computeType"]).upper() == record["computeType"]
        and wanted.get("name", record["name"]) == record["name"]
        and ("modelName" not in wanted or wanted["modelName"] in [model["name"] for model in models])
        and ("modelId" not in wanted or wanted["modelId"] in [model["id"] for model in models])
        and all(pages.has(record[key], wanted.get(label, "")) for label, key in LABELS.items())
    )
