"""Environments: definitions with versions. Registering the newest definition again makes no new version."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.resources import curated
from azureml_offline.workspace.names import WORKSPACE, identifier
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, State, state

routes = Blueprint("environments", __name__, url_prefix=f"/environment/v1.0{WORKSPACE}/environments")
SAVED = "Autosave_"  # begins the version of what was used and never registered


@routes.get("")
@routes.get("/")
def environments() -> Response:
    """List the newest registered version of each, and the curated ones."""
    newest = [_registered(versions) for versions in list(state().environments.values())]
    own = [versions[-1] for versions in newest if versions]
    return jsonify(value=own + curated.listed(state()), continuationToken=None)


def adopt(workspace: State, used: Json) -> None:
    """Complete a reference, which has a name and perhaps a version, by the definition that it leads to."""
    name = used.get("name")
    if not name or any(value for key, value in used.items() if key not in ("name", "version")):
        return
    version = str(used.get("version") or "")
    used |= curated.read(workspace, name, version) if curated.is_reserved(name) else _referred(workspace, name, version)


def _referred(workspace: State, name: str, version: str) -> Json:
    versions = workspace.environments.get(name, [])
    found = [one for one in versions if one["version"] == version] if version else _registered(versions)
    if not found:  # as seen in azure-sdk-for-python 38594
        refuse(400, "UserError", f"No environment exists for name: {name}, version: {version}, label: ")
    return found[-1]


def save(workspace: State, used: Json) -> None:
    """Keep the environment that a job or a service is to use, as Azure does: it then has a version to be read by.

    That is the newest registered one if they are equal, else one that no list shows: also where the client has changed
    one that it got with a version ("a new version of the environment is created when you either submit a run ...", the
    documentation of `Environment`).
    """
    if not used.get("name") or curated.is_reserved(used["name"]):
        return
    with workspace.lock:
        versions = workspace.environments[used["name"]]
        wanted = {key: used.get(key) for key in ("name", "python", "environmentVariables", "docker", "spark")}
        wanted |= {key: used.get(key) for key in ("inferencingStackVersion", "r")}
        asked = next((one for one in versions if one["version"] == used.get("version")), None)
        if asked and not curated.is_changed(used, asked, *curated.SECTIONS):
            return
        known = next((one for one in reversed(versions) if one == wanted | {"version": one["version"]}), None)
        if known is None:
            new = f"{SAVED}{identifier()}"
            known = wanted | {"version": new if asked else used.get("version") or new}
            versions.append(known)
        used["version"] = known["version"]


def _registered(versions: list[Json]) -> list[Json]:
    return [one for one in versions if not one["version"].startswith(SAVED)]


@routes.put("/<name>")
@routes.put("/<name>/versions/<version>")
def register(name: str, version: str = "") -> Response:
    """Register the next version, or a named one; return the newest if nothing differs from it."""
    curated.refuse_reserved(name)
    wanted = _definition(name, request.get_json())
    with state().lock:
        versions = state().environments[name]
        newest = _registered(versions)[-1:]
        if not version and newest and newest[0] == wanted | {"version": newest[0]["version"]}:
            return jsonify(newest[0])
        if there := next((one for one in versions if one["version"] == version), None):
            if curated.is_changed(wanted, there, *curated.SECTIONS):  # as seen in azure-cli-extensions 5440
                words = f"Environment {name} with version {version} is already registered and cannot be changed."
                refuse(400, "UserError", words)
            return jsonify(there)
        versions.append(wanted | {"version": version or str(len(_registered(versions)) + 1)})
        return jsonify(versions[-1])


@routes.get("/<name>")
@routes.get("/<name>/versions/<version>")
def read(name: str, version: str = "") -> Response:
    """Return a version, without one the newest."""
    if curated.is_reserved(name):
        return jsonify(curated.read(state(), name, version))
    versions = state().environments.get(name, [])
    found = [one for one in versions if one["version"] == version] if version else _registered(versions)
    return jsonify(found[-1] if found else not_found(f"Environment {name} {version}".rstrip()))


@routes.put("/<name>/versions/<version>/metadata")
def label(name: str, version: str) -> Response:
    """Give a version labels; each label leads to one version."""
    curated.refuse_reserved(name)
    _find(name, version)
    state().labels.update({(name, one): version for one in request.get_json()["Labels"]})
    return Response()


@routes.get("/<name>/labels/<label>")
def read_labelled(name: str, label: str) -> Response:
    """Return the version that a label leads to; "latest" is the one label that a curated environment has."""
    if curated.is_reserved(name) and label.lower() == "latest":
        return jsonify(curated.read(state(), name))
    version = state().labels.get((name, label)) or not_found(f"Environment {name} with the label {label}")
    return jsonify(_find(name, version))


def _find(name: str, version: str) -> Json:
    versions = state().environments.get(name, [])
    return next((one for one in versions if one["version"] == version), None) or not_found(
        f"Environment {name} {version}"
    )


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
