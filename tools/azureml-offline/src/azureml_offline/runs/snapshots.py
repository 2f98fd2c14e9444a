"""Snapshots: the source folders of jobs, uploaded as files; an unchanged file of the parent is not sent again."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from azureml_offline.storage import blobs
from azureml_offline.workspace.names import WORKSPACE
from azureml_offline.workspace.refusals import not_found, refuse
from azureml_offline.workspace.state import Json, State, now, state

routes = Blueprint("snapshots", __name__, url_prefix=f"/content/<_version>{WORKSPACE}/snapshots")
CONTAINER = "snapshots"
NONE = "00000000-0000-0000-0000-000000000000"


@routes.get("/latest/metadata")
def latest(_version: str) -> Response:
    """The newest snapshot, for a client that knows none: always an empty one, so it sends all files."""
    root = {"name": "", "hash": "", "type": "Directory", "timestamp": now(), "children": {}}
    return jsonify(root=root, id=NONE, metadata={})


@routes.post("/getblob")
def places(_version: str) -> Response:
    """Where the bytes of files go that a snapshot will name."""
    folder = uuid.uuid4()
    names = request.get_json()["FileNames"]
    nodes = [{"fullName": name, "blobUri": blobs.url(state(), CONTAINER, f"{folder}/{name}")} for name in names]
    return jsonify(fileNodes=nodes)


@routes.post("/<snapshot>")
def create(_version: str, snapshot: str) -> Response:
    """A snapshot: the files of its tree, the new ones from the request and the others from its parent."""
    body = request.get_json()
    parent = body.get("ParentSnapshotId") or NONE
    if parent != NONE and parent not in state().snapshots:
        refuse(400, "UserError", f"Parent snapshot {parent} was not found.")  # the SDK then sends all files
    known = state().snapshots.get(parent, {}) | _sent(body)
    state().snapshots[snapshot] = {path: known[path] for path in _paths(body["DirTreeNode"])}
    return jsonify(id=snapshot)


def _sent(body: Json) -> dict[str, str]:
    """Path in the snapshot to path in the blob container."""
    nodes = body["FileRevisionList"]["FileNodes"]
    return {node["FullName"]: node["BlobUri"].partition("?")[0].partition(f"/{CONTAINER}/")[2] for node in nodes}


def _paths(node: dict[str, Any], above: str = "") -> Iterator[str]:
    for child in (node.get("children") or {}).values():
        path = above + child["name"]
        if child["type"] == "Directory":
            yield from _paths(child, f"{path}/")
        else:
            yield path


def require(snapshot: str) -> None:
    """Refuse the request if the snapshot is unknown."""
    if snapshot not in state().snapshots:
        not_found(f"Snapshot {snapshot}")


def unpack(workspace: State, snapshot: str, folder: Path) -> None:
    """Copy the snapshot's files into the folder."""
    for path, blob in workspace.snapshots[snapshot].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(blobs.file(workspace, CONTAINER, blob), folder / path)
