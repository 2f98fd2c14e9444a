"""Requests to web services: check the key, and ask the service's process."""

import base64
import hmac
import time

from flask import Blueprint, Response, jsonify, request

from azureml_offline.model_management import service_records
from azureml_offline.model_management.scoring_program import NAME_SERVER
from azureml_offline.model_management.service_records import IN_CLUSTER
from azureml_offline.resources import identity
from azureml_offline.workspace.names import ADDRESS, identifier
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, state
from azureml_offline.workspace.web_service import Endpoint, Service

# The application puts this prefix and the host before the paths of requests to hosts of web services.
PREFIX = "/scoring"
routes = Blueprint("service_scoring", __name__, url_prefix=f"{PREFIX}/<host>")
CLUSTER = "/api/v1/service/<name>"
METHODS = ["GET", "POST", "OPTIONS"]  # those of the inference server


@routes.get("/")
@routes.get(f"{CLUSTER}/")
def health(host: str, name: str = "") -> Response:
    """Report whether the service can answer."""
    service = _answering(_find(host, name))
    if service.process is None:
        return _refusal(503, f"The service {service.name} is {service.record['state']}.")
    return Response("Healthy", mimetype="text/plain")


@routes.route("/score", methods=METHODS, provide_automatic_options=False)
@routes.route(f"{CLUSTER}/score", methods=METHODS, provide_automatic_options=False)
@routes.route(f"{CLUSTER}/<version>/score", methods=METHODS, provide_automatic_options=False)
def score(host: str, name: str = "", version: str = "") -> Response:
    """Return as JSON what `run()` returns for the body; of an endpoint, as the traffic says or of that version."""
    return _ask(_find(host, name), version, "/score")


@routes.get("/swagger.json")
@routes.get(f"{CLUSTER}/swagger.json")
@routes.get(f"{CLUSTER}/<version>/swagger.json")
def swagger(host: str, name: str = "", version: str = "") -> Response:
    """Return the description of the service, which the inference server makes of the script."""
    return _ask(_find(host, name), version, "/swagger.json")


def _ask(service: Service, version: str, path: str) -> Response:
    if service.record.get("aadAuthEnabled") and not _has_token(service):
        return _refusal(401, "Please provide a token of the service: Authorization: Bearer TOKEN")
    if service.record["authEnabled"] and not _has_key(service):
        return _refusal(401, "Please provide one of the keys of the service: Authorization: Bearer KEY")
    return _answer(_answering(service, version), path)


def _answering(service: Service, version: str = "") -> Service:
    """Return what answers: the service itself, or a version of an endpoint."""
    if not isinstance(service, Endpoint):
        return not_found(f"Version {version} of {service.name}") if version else service
    found = service.versions.get(version) if version else service.choose()
    return found or not_found(f"Version {version} of {service.name}")


def _answer(service: Service, path: str) -> Response:
    process = service.process  # once: another thread may replace or remove it between two looks
    if process is None:
        return _refusal(503, f"The service {service.name} is {service.record['state']}.")
    if not process.takes_requests and (request.method, path) != ("POST", "/score"):
        return _refusal(501, f"The offline workspace does not serve {request.method} {path} here: {NAME_SERVER}.")
    try:
        asked = _whole_request(path) if process.takes_requests else _posted()
    except UnicodeDecodeError as error:
        return _refusal(400, f"Input cannot be decoded as UTF-8: {error}")
    given = process.ask(asked)
    if given is None:
        service.record["state"] = "Unhealthy"
        return _refusal(502, f"The container of the service {service.name} has crashed. Check the logs.")
    content = base64.b64decode(given["base64"]) if "base64" in given else given["body"]
    answer = Response(content, given["status"], mimetype="application/json")
    answer.headers.update(given.get("headers") or {})
    own = {"x-ms-run-function-failed": str(given["failed"])} if path == "/score" else {}
    own["x-ms-request-id"] = request.headers.get("x-ms-request-id", identifier())
    answer.headers.update({name: text for name, text in own.items() if name not in answer.headers})
    return answer


def _posted() -> Json:
    return {"body": request.get_data().decode("utf-8"), "headers": dict(request.headers)}


def _whole_request(path: str) -> Json:
    """Describe the request for the inference server."""
    return {
        "method": request.method,
        "path": path,
        "query": request.query_string.decode("latin-1"),
        "headers": dict(request.headers),
        "base64": base64.b64encode(request.get_data()).decode(),
    }


def _find(host: str, name: str) -> Service:
    """Find a service: in the cluster by its name below one address, in a container group by its host."""
    for service in list(state().services.values()):
        in_cluster = service.record["computeType"] in IN_CLUSTER
        if (in_cluster, service.name if in_cluster else service.record["publicFqdn"]) == (
            host == ADDRESS,
            name or host,
        ):
            return service
    not_found(f"Service at {host} {name}".rstrip())


def _has_key(service: Service) -> bool:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return scheme == "Bearer" and any(hmac.compare_digest(key.encode(), known.encode()) for known in service.keys)


def _has_token(service: Service) -> bool:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    claims = identity.read(state(), bearer) if scheme == "Bearer" else None
    return bool(claims and claims["aud"] == service_records.audience(service.name) and claims["exp"] >= time.time())


def _refusal(status: int, message: str) -> Response:
    answer = jsonify(message=message)
    answer.status_code = status
    return answer
