"""The workspace's key vault: secrets by name, in memory alone."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, state

routes = Blueprint("keyvault", __name__, url_prefix=f"/credential/v2.0{WORKSPACE}")
KEPT = ("name", "value", "contentType")


@routes.put("/secrets")
def set_secret() -> Response:
    """Set a secret."""
    _keep(request.get_json())
    return Response()


def _keep(secret: Json) -> None:
    state().secrets[secret["name"]] = {key: secret[key] for key in KEPT if secret.get(key) is not None}


@routes.put("/secrets:putbatch")
def set_several() -> Response:
    """Set several secrets."""
    for secret in request.get_json()["secrets"]:
        _keep(secret)
    return Response()


@routes.get("/secrets")
def secrets() -> Response:
    """List the names, without values."""
    return jsonify(value=[{"name": name} for name in state().secrets])


@routes.get("/secrets/<name>")
def read(name: str) -> Response:
    """Return a secret with its value."""
    if name not in state().secrets:
        not_found(f"Secret {name}")
    return jsonify(state().secrets[name])


@routes.post("/secrets:getbatch")
def read_several() -> Response:
    """Return several secrets with their values, and the names of those that do not exist."""
    wanted, known = [one["name"] for one in request.get_json()["secrets"]], state().secrets
    return jsonify(
        secrets=[known[name] for name in wanted if name in known],
        notFoundSecrets=[name for name in wanted if name not in known],
    )


@routes.delete("/secrets/<name>")
def delete(name: str) -> Response:
    """Delete a secret, if it exists."""
    state().secrets.pop(name, None)
    return Response()


@routes.post("/secrets:deletebatch")
def delete_several() -> Response:
    """Delete several secrets, as far as they exist."""
    for one in request.get_json()["secrets"]:
        state().secrets.pop(one["name"], None)
    return Response()
