"""Endpoints of a cluster (AksEndpoint): create them, and add, change and remove their versions by JSON patch."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from azureml_offline.model_management import deployments, service_records
from azureml_offline.model_management.service_records import AKS, ENDPOINT
from azureml_offline.workspace.names import ADDRESS
from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json, State, now
from azureml_offline.workspace.web_service import Endpoint, Operation, Service

MOST_VERSIONS = 6
# Of a version, what can change while its process goes on; of an endpoint, all that can.
KEPT_PROCESS = ("trafficPercentile", "isDefault", "type", "description", "tags", "kvTags", "properties")
OF_ENDPOINT = ("kvTags", "properties", "description", "authEnabled", "aadAuthEnabled")
REDEPLOYED = ("environmentImageRequest", "containerResourceRequirements", "scoringTimeoutMs")


def reason_to_refuse(workspace: State, body: Json) -> str | None:
    """Return the first reason not to create the endpoint that a request describes; None if there is none."""
    if body["name"] in workspace.services and workspace.services[body["name"]].record["computeType"] == ENDPOINT:
        return f"The endpoint {body['name']} already exists: add a version to it, or delete it."
    versions = _reasons(workspace, body["name"], body.get("computeName"), body.get("versions") or {})
    return next(chain(service_records.two_locks(body), versions), None)


def _reasons(workspace: State, name: str, cluster: str | None, versions: Mapping[str, Json]) -> Iterator[str]:
    for version, asked in versions.items():
        if version == name:
            yield f"The version {version} must have another name than its endpoint."
        wrong = service_records.reason_to_refuse(
            workspace, asked | {"name": name, "computeType": ENDPOINT, "computeName": cluster}
        )
        if wrong:
            yield wrong
    if not versions:
        yield f"The endpoint {name} needs a version."
    if len(versions) > MOST_VERSIONS:
        yield f"The endpoint {name} can have {MOST_VERSIONS} versions, not {len(versions)}."
    if (total := sum(float(one.get("trafficPercentile") or 0) for one in versions.values())) > 100:
        yield f"The versions of the endpoint {name} would take {total:g} % of the traffic."


def create(workspace: State, body: Json) -> Operation:
    """Create an endpoint with its first version, which becomes the default one, and start that."""
    ((version, asked),) = body["versions"].items()
    endpoint = workspace.services[body["name"]] = Endpoint(_describe(body))
    return _start(workspace, endpoint, version, asked | {"isDefault": True})


def _describe(body: Json) -> Json:
    return {
        "name": body["name"],
        "id": body["name"],
        "computeType": ENDPOINT,
        "computeName": body["computeName"],
        "createdTime": now(),
        "updatedTime": now(),
        "description": body.get("description"),
        "kvTags": body.get("kvTags") or {},
        "properties": body.get("properties") or {},
        "appInsightsEnabled": False,
        "authEnabled": service_records.has_keys(body, otherwise=True),
        "aadAuthEnabled": bool(body.get("aadAuthEnabled")),
        "namespace": "azureml-services",
        "deploymentStatus": None,
        "models": [],
        "scoringUri": f"http://{ADDRESS}:80/api/v1/service/{body['name']}/score",
    }


def _start(workspace: State, endpoint: Endpoint, version: str, asked: Json) -> Operation:
    own = asked | {"name": version, "computeType": AKS, "computeName": endpoint.record["computeName"]}
    record = service_records.describe(workspace, own) | {
        "scoringUri": f"http://{ADDRESS}:80/api/v1/service/{endpoint.name}/{version}/score",
        "isDefault": bool(asked.get("isDefault")),
        "type": asked.get("type") or "Treatment",
    }
    service = endpoint.versions[version] = Service(record, endpoint.keys)
    return deployments.begin(workspace, service)


def shown(service: Service) -> Json:
    """Return the JSON sent to the SDK: of an endpoint, that of its versions is part."""
    if not isinstance(service, Endpoint):
        return service.record
    versions = {name: one.record for name, one in service.versions.items()}
    states = [one["state"] for one in versions.values()]
    state = next((one for one in ("Transitioning", "Failed", "Unhealthy") if one in states), "Healthy")
    error = next((one["error"] for one in versions.values() if one["error"]), None)
    return service.record | {"versions": versions, "state": state, "error": error}


def log_of(service: Service, lines: int) -> str:
    """Return the last lines that a service has printed; of an endpoint, those of every version, newest last."""
    logs = [one.log for one in service.versions.values()] if isinstance(service, Endpoint) else [service.log]
    texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs if log and log.exists()]
    return "".join("".join(texts).splitlines(keepends=True)[-lines:])


def change(workspace: State, endpoint: Endpoint, steps: Sequence[Json]) -> Operation | None:
    """Apply a patch as a whole or not at all; return the deployment that it needs, if any.

    The caller holds the workspace's lock.
    """
    record, versions = endpoint.record.copy(), {name: one.record.copy() for name, one in endpoint.versions.items()}
    started = ""
    for step in steps:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].strip("/").split("/")]
        if parts[0] != "versions":
            _set(record, parts, step, OF_ENDPOINT, f"the endpoint {endpoint.name}")
        elif len(parts) == 2:
            started = _add_or_remove(endpoint, versions, parts[1], step) or started
        else:
            started = _change_version(versions, parts[1], parts[2:], step) or started
    reasons = chain(
        service_records.two_locks(record), _reasons(workspace, endpoint.name, record["computeName"], versions)
    )
    if wrong := next(reasons, None):
        refuse(400, "BadRequest", wrong)
    return _apply(workspace, endpoint, record, versions, started)


def _add_or_remove(endpoint: Endpoint, versions: dict[str, Json], version: str, step: Json) -> str:
    """Return the version that the step adds; "" if it removes one."""
    if step["op"] == "add":
        if version in versions:
            refuse(409, "Conflict", f"The endpoint {endpoint.name} has a version {version} already.")
        versions[version] = step["value"]
        return version
    if version not in versions:
        refuse(404, "NotFound", f"The endpoint {endpoint.name} has no version {version}.")
    if versions.pop(version).get("isDefault"):
        refuse(400, "BadRequest", f"The version {version} is the default one: make another the default first.")
    return ""


def _change_version(versions: dict[str, Json], version: str, parts: Sequence[str], step: Json) -> str:
    """Return the version if the step needs it to be deployed anew, else ""."""
    if version not in versions:
        refuse(404, "NotFound", f"There is no version {version}.")
    _set(versions[version], parts, step, (*KEPT_PROCESS, *REDEPLOYED), f"the version {version}")
    return version if parts[0] in REDEPLOYED else ""


def _set(record: Json, parts: Sequence[str], step: Json, known: Sequence[str], owner: str) -> None:
    """Set a value, one level down at most; refuse by name what would be recorded and change nothing."""
    key, *rest = parts
    if key not in known:
        refuse(
            400, "BadRequest", f"The offline workspace does not change {key} of {owner}: it knows {', '.join(known)}."
        )
    value: Any = step.get("value")
    record[key] = (record.get(key) or {}) | {rest[0]: value} if rest else value


def _apply(
    workspace: State, endpoint: Endpoint, record: Json, versions: dict[str, Json], started: str
) -> Operation | None:
    endpoint.record = record | {"updatedTime": now()}
    for name in [name for name in endpoint.versions if name not in versions]:
        endpoint.versions.pop(name).close()
    for name, one in endpoint.versions.items():
        one.record = versions[name]
    if not started:
        return None
    if started not in endpoint.versions:
        return _start(workspace, endpoint, started, versions[started])
    service = endpoint.versions[started]
    service.record = service_records.refresh(workspace, service.record)
    return deployments.begin(workspace, service)
