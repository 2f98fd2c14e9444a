"""Artifacts: the files of runs and models, named by origin, container and path. Their bytes are blobs."""

from flask import Blueprint, Response, jsonify, request

from azureml_offline.storage import blobs
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import Json, State, now, state

routes = Blueprint("artifacts", __name__, url_prefix=f"/artifact/v2.0{WORKSPACE}/artifacts")
CONTAINER = "azureml"  # of the storage account, as Azure calls it
RUNS = "ExperimentRun"  # the origin of what runs write


def list_paths(workspace: State, origin: str, container: str, prefix: str = "") -> list[str]:
    """Return the paths of the container's artifacts that start with the prefix."""
    root = f"{origin}/{container}/"
    found = blobs.list_paths(workspace, CONTAINER, root + prefix)
    return [path.removeprefix(root) for path in found]


def url(workspace: State, origin: str, container: str, path: str) -> str:
    """Return the URL for reading and writing the artifact."""
    return blobs.url(workspace, CONTAINER, f"{origin}/{container}/{path}")


def _artifact(origin: str, container: str, path: str) -> Json:
    identifier = f"{origin}/{container}/{path}"
    return {"artifactId": identifier, "origin": origin, "container": container, "path": path, "createdTime": now()}


def _content(origin: str, container: str, path: str) -> Json:
    where = url(state(), origin, container, path)
    return {"contentUri": where, "origin": origin, "container": container, "path": path}


@routes.post("/batch/metadata/<origin>/<container>")
def create(origin: str, container: str) -> Response:
    """Announce artifacts, and return the URLs that their bytes go to."""
    paths = [entry["path"] for entry in request.get_json()["paths"]]
    taken = {path for path in paths if blobs.file(state(), CONTAINER, f"{origin}/{container}/{path}").is_file()}
    free = [path for path in paths if path not in taken]
    return jsonify(
        artifacts={path: _artifact(origin, container, path) for path in free},
        artifactContentInformation={path: _content(origin, container, path) for path in free},
        errors={path: {"error": _conflict(origin, container, path)} for path in paths if path in taken},
    )


def _conflict(origin: str, container: str, path: str) -> Json:
    """Say that an artifact is there, in Azure's words: no artifact is written twice."""
    message = f"Resource Conflict: ArtifactId {origin}/{container}/{path} already exists."
    return {"code": "UserError", "message": message}


@routes.get("/contentinfo/<origin>/<container>/<path:path>")
def content(origin: str, container: str, path: str) -> Response:
    """Return the URL to read an artifact from."""
    if not blobs.file(state(), CONTAINER, f"{origin}/{container}/{path}").is_file():
        not_found(f"Artifact {origin}/{container}/{path}")
    return jsonify(_content(origin, container, path))


@routes.get("/write/<origin>/<container>/<path:path>")
def place(origin: str, container: str, path: str) -> Response:
    """Return the URL to write an artifact to."""
    return jsonify(_content(origin, container, path))


@routes.get("/prefix/contentinfo/<origin>/<container>/")
@routes.get("/prefix/contentinfo/<origin>/<container>/<path:path>")
def contents(origin: str, container: str, path: str = "") -> Response:
    """Return the URLs of all artifacts below a path."""
    return jsonify(value=[_content(origin, container, one) for one in list_paths(state(), origin, container, path)])


@routes.get("/<origin>/<container>")
@routes.get("/<origin>/<container>/<path:path>")
def artifacts(origin: str, container: str, path: str = "") -> Response:
    """List the artifacts below a path."""
    return jsonify(value=[_artifact(origin, container, one) for one in list_paths(state(), origin, container, path)])


@routes.post("/content/<origin>/<container>/<path:path>")
def upload(origin: str, container: str, path: str) -> Response:
    """Write bytes that come with the announcement; with `append=true` to the end of the artifact."""
    target = blobs.file(state(), CONTAINER, f"{origin}/{container}/{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Locked, for a stream of log lines arrives in many small requests, on several connections.
    with state().lock, target.open("ab" if request.args.get("append", "").lower() == "true" else "wb") as stream:
        stream.write(request.get_data())
    return jsonify(_artifact(origin, container, path))
