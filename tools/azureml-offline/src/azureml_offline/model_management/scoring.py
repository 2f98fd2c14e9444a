"""Requests to web services: check the key, and ask the service's process."""

import base64
import hmac
import time

from flask import Blueprint, Response, jsonify, request

from azureml_offline.model_management import service_records
from azureml_offline.model_management.service_records import IN_CLUSTER
from azureml_offline.resources import identity
from azureml_offline.workspace.names import ADDRESS, identifier
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import state
from azureml_offline.workspace.web_service import Endpoint, Service

# The application puts this prefix and the host before the paths of requests to hosts of web services.
PREFIX = "/scoring"
routes = Blueprint("service_scoring", __name__, url_prefix=f"{PREFIX}/<host>")
CLUSTER = "/api/v1/service/<name>"


@routes.get("/")
@routes.get(f"{CLUSTER}/")
def health(host: str, name: str = "") -> Response:
    """Report whether the service can answer."""
    service = _answering(_find(host, name))
    if service.process is None:
        return _refusal(503, f"The service {service.name} is {service.record['state']}.")
    return Response("Healthy", mimetype="text/plain")


@routes.post("/score")
@routes.post(f"{CLUSTER}/score")
@routes.post(f"{CLUSTER}/<version>/score")
def score(host: str, name: str = "", version: str = "") -> Response:
    """Return as JSON what `run()` returns for the body; of an endpoint, as the traffic says or of that version."""
    service = _find(host, name)
    if service.record.get("aadAuthEnabled") and not _has_token(service):
        return _refusal(401, "Please provide a token of the service: Authorization: Bearer TOKEN")
    if service.record["authEnabled"] and not _has_key(service):
        return _refusal(401, "Please provide one of the keys of the service: Authorization: Bearer KEY")
    try:
        body = request.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        return _refusal(400, f"Input cannot be decoded as UTF-8: {error}")
    return _answer(_answering(service, version), body)


def _answering(service: Service, version: str = "") -> Service:
    """Return what answers: the service itself, or a version of an endpoint."""
    if not isinstance(service, Endpoint):
        return not_found(f"Version {version} of {service.name}") if version else service
    found = service.versions.get(version) if version else service.choose()
    return found or not_found(f"Version {version} of {service.name}")


def _answer(service: Service, body: str) -> Response:
    process = service.process  # once: another thread may replace or remove it between two looks
    if process is None:
        return _refusal(503, f"The service {service.name} is {service.record['state']}.")
    given = process.ask(body, dict(request.headers))
    if given is None:
        service.record["state"] = "Unhealthy"
        return _refusal(502, f"The container of the service {service.name} has crashed. Check the logs.")
    content = base64.b64decode(given["base64"]) if "base64" in given else given["body"]
    answer = Response(content, given["status"], mimetype="application/json")
    answer.headers.update(given.get("headers") or {})
    answer.headers["x-ms-run-function-failed"] = str(given["failed"])
    answer.headers["x-ms-request-id"] = request.headers.get("x-ms-request-id", identifier())
    return answer


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
