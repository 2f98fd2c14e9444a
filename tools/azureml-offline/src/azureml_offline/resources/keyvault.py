"""The workspace's key vault: secrets by name, in memory alone."""

import re

from flask import Blueprint, Response, jsonify, request

from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, state

routes = Blueprint("keyvault", __name__, url_prefix=f"/credential/v2.0{WORKSPACE}")
KEPT = ("name", "value", "contentType")
# Source: learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates (names, whose case does not count)
# and /secrets/about-secrets (25k bytes); a name as seen in MicrosoftDocs/azure-docs 99541, the words of its refusal
# in aspnet/MicrosoftConfigurationBuilders 22.
NAME = re.compile(r"[0-9A-Za-z-]{1,127}", re.ASCII)
MAXIMUM_BYTES = 25 * 1024


@routes.put("/secrets")
def set_secret() -> Response:
    """Set a secret."""
    _keep(request.get_json())
    return Response()


def _keep(secret: Json) -> None:
    name, value = str(secret["name"]), str(secret.get("value") or "")
    if not NAME.fullmatch(name):
        refuse(400, "BadParameter", f"The request URI contains an invalid name: {name}")
    if len(value.encode()) > MAXIMUM_BYTES:
        refuse(400, "BadParameter", f"The value of the secret {name} has more than {MAXIMUM_BYTES:,} bytes.")
    state().secrets[name.lower()] = {key: secret[key] for key in KEPT if secret.get(key) is not None}


@routes.put("/secrets:putbatch")
def set_several() -> Response:
    """Set several secrets."""
    for secret in request.get_json()["secrets"]:
        _keep(secret)
    return Response()


@routes.get("/secrets")
def secrets() -> Response:
    """List the names, without values."""
    return jsonify(value=[{"name": one["name"]} for one in state().secrets.values()])


@routes.get("/secrets/<name>")
def read(name: str) -> Response:
    """Return a secret with its value."""
    if name.lower() not in state().secrets:
        not_found(f"Secret {name}")
    return jsonify(state().secrets[name.lower()])


@routes.post("/secrets:getbatch")
def read_several() -> Response:
    """Return several secrets with their values, and the names of those that do not exist."""
    wanted, known = [one["name"] for one in request.get_json()["secrets"]], state().secrets
    return jsonify(
        secrets=[known[name.lower()] for name in wanted if name.lower() in known],
        notFoundSecrets=[name for name in wanted if name.lower() not in known],
    )


@routes.delete("/secrets/<name>")
def delete(name: str) -> Response:
    """Delete a secret, if it exists."""
    state().secrets.pop(name.lower(), None)
    return Response()


@routes.post("/secrets:deletebatch")
def delete_several() -> Response:
    """Delete several secrets, as far as they exist."""
    for one in request.get_json()["secrets"]:
        state().secrets.pop(one["name"].lower(), None)
    return Response()
