"""Web services: deploy, change, list and delete them. Each runs its scoring script in a process of its own."""

import time
from typing import NoReturn

from flask import Blueprint, Response, jsonify, request

from azureml_offline.model_management import deployments, endpoints, pages, service_records
from azureml_offline.resources import identity
from azureml_offline.workspace.names import SERVICES, WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, State, now, state
from azureml_offline.workspace.web_service import Endpoint, Operation, Service

routes = Blueprint("services", __name__, url_prefix=f"/modelmanagement/v1.0{WORKSPACE}")
LOOK = 4.0  # seconds that a look at an operation waits for its end, since the SDK looks again only after 5
TOKEN_SECONDS = 3600
REDEPLOYED = ("environmentImageRequest", "containerResourceRequirements", "scoringTimeoutMs")


@routes.post("/services/validate/name/<name>")
def validate_name(name: str) -> Response:
    """Report, with status 200, why a new service's name cannot be used."""
    taken = {"error": {"message": f"Service {name} already exists, please use a different name."}}
    return jsonify(taken if name in state().services else {})


@routes.post("/services/validate")
def validate() -> Response:
    """Report, with status 200, why the deployment that is to follow would be refused."""
    asked = request.get_json()["createRequest"]
    wrong = _reason_to_refuse(state(), asked) if asked else None
    return jsonify({"error": {"message": wrong}} if wrong else {})


def _reason_to_refuse(workspace: State, asked: Json) -> str | None:
    if asked["computeType"] == service_records.ENDPOINT:
        return endpoints.reason_to_refuse(workspace, asked)
    return service_records.reason_to_refuse(workspace, asked)


@routes.post("/services/validate/resource")
def validate_resources() -> Response:
    """Report that there is room, as always."""
    return jsonify({})


@routes.post("/services")
def deploy() -> Response:
    """Deploy a new service, or with `overwrite` an existing one anew, which keeps its keys and its address."""
    body, workspace = request.get_json(), state()
    with workspace.lock:  # until the deployment has begun: of two requests with one name, the second meets a service
        wrong = _reason_to_refuse(workspace, body)
        if wrong:
            refuse(400, "BadRequest", wrong)
        if body["computeType"] == service_records.ENDPOINT:
            operation = endpoints.create(workspace, body)
            _take_keys(workspace.services[body["name"]], body.get("keys") or {})
            return _accepted(operation)
        service = workspace.services.get(body["name"])
        if service and not body.get("overwrite"):
            refuse(409, "Conflict", f"Service {service.name} already exists. Delete it, or overwrite it.")
        record = service_records.describe(workspace, body)
        if service is None:
            service = workspace.services[record["name"]] = Service(record)
        elif body.get("dnsNameLabel") is None:
            record |= {key: service.record.get(key) for key in ("scoringUri", "publicFqdn")}
        service.record = record
        _take_keys(service, body.get("keys") or {})
        return _accepted(deployments.begin(workspace, service))


def _take_keys(service: Service, keys: Json) -> None:
    # Those that the request leaves out stay, also at a new deployment: clients go on using them.
    first, second = keys.get("primaryKey"), keys.get("secondaryKey")
    service.keys = (first or service.keys[0], second or service.keys[1])


def _accepted(operation: Operation) -> Response:
    return Response(status=202, headers={"Operation-Location": f"{SERVICES}/api/operations/{operation.id}"})


@routes.get("/operations/<operation>")
def operation(operation: str) -> Response:
    """Report the state of a deployment."""
    found = state().operations.get(operation) or not_found(f"Operation {operation}")
    found.ended.wait(LOOK)  # a deployment takes about a second here; without this, every test would wait for 5
    return jsonify(found.record)


@routes.get("/services")
def services() -> Response:
    """List the services that the query asks for."""
    found = [one for one in list(state().services.values()) if service_records.matches(one.record, request.args)]
    return jsonify(pages.page([endpoints.shown(one) for one in found]))


@routes.get("/services/<name>")
def read(name: str) -> Response:
    """Return a service."""
    return jsonify(endpoints.shown(_find(name)))


@routes.patch("/services/<name>")
def change(name: str) -> Response:
    """Change a service by JSON patch; a change to what its process is made of deploys it anew."""
    workspace, service, steps = state(), _find(name), request.get_json()
    with workspace.lock:
        if isinstance(service, Endpoint):
            operation = endpoints.change(workspace, service, steps)
            return _accepted(operation) if operation else jsonify(endpoints.shown(service))
        record = service.record.copy()  # a patch that is refused must leave the service as it is
        for step in steps:
            _apply(record, step)
        if wrong := service_records.reason_to_refuse(workspace, record):
            refuse(400, "BadRequest", wrong)
        service.record = record | {"updatedTime": now()}
        if not any(step["path"].strip("/").startswith(REDEPLOYED) for step in steps):
            return jsonify(service.record)
        service.record = service_records.refresh(workspace, service.record)
        return _accepted(deployments.begin(workspace, service))


def _apply(record: Json, step: Json) -> None:
    """Apply a step of a JSON patch; its pointer escapes slashes and tildes in keys."""
    first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].strip("/").split("/", 1)]
    if rest and step["op"] == "remove":
        record[first] = {key: value for key, value in (record.get(first) or {}).items() if key != rest[0]}
    elif rest:
        record[first] = (record.get(first) or {}) | {rest[0]: step.get("value")}
    else:
        record[first] = step.get("value")


@routes.delete("/services/<name>")
def delete(name: str) -> Response:
    """Delete a service, and kill its process."""
    with state().lock:
        service = state().services.pop(name, None)
    if service is None:
        return Response(status=204)
    service.close()  # without the lock: it waits for processes to die, and other services must answer meanwhile
    return Response()


@routes.post("/services/<name>/listkeys")
def keys(name: str) -> Response:
    """Return the two keys; either opens the service."""
    first, second = _find(name).keys
    return jsonify(primaryKey=first, secondaryKey=second)


@routes.post("/services/<name>/token")
def token(name: str) -> Response:
    """Issue a token for a service that opens with tokens; it is good for an hour, as in Azure."""
    service, start = _find(name), int(time.time())
    if not service.record.get("aadAuthEnabled"):
        refuse(400, "BadRequest", f"Token authentication is not enabled for the service {name}.")
    bearer = identity.issue(state(), state().names.client, service_records.audience(name), TOKEN_SECONDS)
    return jsonify(
        accessToken=bearer, tokenType="Bearer", expiryOn=start + TOKEN_SECONDS, refreshAfter=start + TOKEN_SECONDS // 2
    )


@routes.post("/services/<name>/regenerateKeys")
def regenerate(name: str) -> Response:
    """Replace one of the two keys, by a given one or by a new one; whoever has the old one is refused from now on."""
    service, body = _find(name), request.get_json()
    place = ("Primary", "Secondary").index(body["keyType"])
    keys = list(service.keys)
    keys[place] = body.get("keyValue") or identifier()
    service.keys = (keys[0], keys[1])
    ended = deployments.ended(state(), service)
    return _accepted(ended)


@routes.get("/services/<name>/logs")
def logs(name: str) -> Response:
    """Return the last lines that the newest script has printed."""
    return jsonify(content=endpoints.log_of(_find(name), int(request.args.get("tail") or 5000)))


def _find(name: str) -> Service:
    return state().services.get(name) or _missing(name)


def _missing(name: str) -> NoReturn:
    not_found(f"Service {name}")
