"""Snapshots: the source folders of jobs, uploaded file by file, without those that the parent snapshot has."""

import shutil
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from azureml_offline.storage import blobs
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, State, now, state

routes = Blueprint("snapshots", __name__, url_prefix=f"/content/<_version>{WORKSPACE}/snapshots")
CONTAINER, ARCHIVES = "snapshots", "snapshotzips"
NONE = "00000000-0000-0000-0000-000000000000"


@routes.get("/latest/metadata")
def latest(_version: str) -> Response:
    """Return the newest snapshot to a client that knows none: an empty one, so that it sends all files."""
    root = {"name": "", "hash": "", "type": "Directory", "timestamp": now(), "children": {}}
    return jsonify(root=root, id=NONE, metadata={})


@routes.post("/getblob")
def places(_version: str) -> Response:
    """Return the URLs that the bytes of a coming snapshot's files go to."""
    folder = uuid.uuid4()
    names = request.get_json()["FileNames"]
    nodes = [{"fullName": name, "blobUri": blobs.url(state(), CONTAINER, f"{folder}/{name}")} for name in names]
    return jsonify(fileNodes=nodes)


@routes.post("/<snapshot>")
def create(_version: str, snapshot: str) -> Response:
    """Create a snapshot of the files in its tree: new ones as the request names them, others from its parent."""
    body = request.get_json()
    parent = body.get("ParentSnapshotId") or NONE
    if parent != NONE and parent not in state().snapshots:
        refuse(400, "UserError", f"Parent snapshot {parent} was not found.")  # the SDK then sends all files
    # Blobs are shared: a snapshot names the blobs of its parent where a file has not changed, and copies nothing.
    known = state().snapshots.get(parent, {}) | _sent(body)
    state().snapshots[snapshot] = {path: known[path] for path in _paths(body["DirTreeNode"])}
    return jsonify(id=snapshot)


def _sent(body: Json) -> dict[str, str]:
    """Map paths in the snapshot to paths in the blob container."""
    nodes = body["FileRevisionList"]["FileNodes"]
    return {node["FullName"]: blobs.path_in(node["BlobUri"], CONTAINER) for node in nodes}


def _paths(node: dict[str, Any], above: str = "") -> Iterator[str]:
    for child in (node.get("children") or {}).values():
        path = above + child["name"]
        if child["type"] == "Directory":
            yield from _paths(child, f"{path}/")
        else:
            yield path


@routes.post("/<snapshot>/zip")
def pack(_version: str, snapshot: str) -> Response:
    """Return the URL of an archive with the snapshot's files."""
    require(snapshot)
    path = f"{snapshot}.zip"
    archive = blobs.file(state(), ARCHIVES, path)
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, blob in state().snapshots[snapshot].items():
            packed.write(blobs.file(state(), CONTAINER, blob), name)
    return jsonify(zipSasUri=blobs.url(state(), ARCHIVES, path))


def require(snapshot: str) -> None:
    """Refuse the current request if the snapshot is unknown."""
    if snapshot not in state().snapshots:
        not_found(f"Snapshot {snapshot}")


def unpack(workspace: State, snapshot: str, folder: Path) -> None:
    """Copy the snapshot's files into the folder."""
    for path, blob in workspace.snapshots[snapshot].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(blobs.file(workspace, CONTAINER, blob), folder / path)
