"""Environments: definitions with versions. Registering the newest definition again makes no new version."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, state

routes = Blueprint("environments", __name__, url_prefix=f"/environment/v1.0{WORKSPACE}/environments")


@routes.get("")
def environments() -> Response:
    """List the newest version of each."""
    return jsonify(value=[versions[-1] for versions in state().environments.values()])


@routes.put("/<name>")
@routes.put("/<name>/versions/<version>")
def register(name: str, version: str = "") -> Response:
    """Register the next version, or a named one; return the newest if nothing differs from it."""
    wanted = _definition(name, request.get_json())
    with state().lock:
        versions = state().environments.setdefault(name, [])
        if not version and versions and versions[-1] == wanted | {"version": versions[-1]["version"]}:
            return jsonify(versions[-1])
        versions[:] = [one for one in versions if one["version"] != version]
        versions.append(wanted | {"version": version or str(len(versions) + 1)})
        return jsonify(versions[-1])


@routes.get("/<name>")
@routes.get("/<name>/versions/<version>")
def read(name: str, version: str = "") -> Response:
    """Return a version, without one the newest."""
    found = [one for one in state().environments.get(name, []) if version in ("", one["version"])]
    return jsonify(found[-1] if found else not_found(f"Environment {name} {version}".rstrip()))


def _definition(name: str, body: Json) -> Json:
    """Translate a request: the SDK sends keys in another spelling than it reads."""
    return {
        "name": name,
        "python": body.get("python") or {},
        "environmentVariables": body.get("EnvironmentVariables") or {},
        "docker": body.get("Docker") or {},
        "spark": body.get("Spark") or {},
        "inferencingStackVersion": body.get("InferencingStackVersion"),
        "r": body.get("r"),
    }
