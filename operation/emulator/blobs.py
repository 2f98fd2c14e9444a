"""The storage account: the part of the Blob REST API that the SDK's uploads, downloads and streams use.

A blob is a file in `blobs/CONTAINER/PATH` of the workspace's folder.
"""

import hashlib
import hmac
import re
import uuid
from pathlib import Path
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from werkzeug.http import http_date
from werkzeug.security import safe_join

from operation.emulator.refusal import not_found
from operation.emulator.state import State, state

routes = Blueprint("blobs", __name__, url_prefix="/blobs")  # the server adds the prefix to what the account's host gets
ERROR = '<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'


def url(workspace: State, container: str, path: str) -> str:
    """Where the blob can be read and written, with the signature that permits it."""
    names = workspace.names
    return f"https://{names.blob_host}/{container}/{path}?sv=2024-11-04&sr=b&sig={names.signature}"


def file(workspace: State, container: str, path: str = "") -> Path:
    """The blob's file; refuses a path that leads out of its container."""
    joined = safe_join(str(workspace.folder / "blobs"), container, path)
    return Path(joined) if joined else not_found(f"Blob {container}/{path}")


def listed(workspace: State, container: str, prefix: str = "") -> list[str]:
    """The sorted paths of the container's blobs that start with the prefix; not the blocks of unfinished ones."""
    root = file(workspace, container)
    paths = (found.relative_to(root).as_posix() for found in root.rglob("*") if found.is_file())
    return sorted(path for path in paths if path.startswith(prefix))


@routes.before_request
def check() -> Response | None:
    """Want the signature of a shared access URL, or a request signed with the account's key, which is not computed."""
    names = state().names
    shared_key = request.headers.get("Authorization", "").startswith(f"SharedKey {names.account}:")
    if shared_key or hmac.compare_digest(request.args.get("sig", ""), names.signature):
        return None
    return _error(403, "AuthenticationFailed")


@routes.get("/<container>")
def blobs(container: str) -> Response:
    """The names and sizes of a container's blobs, or what there is to say of the container."""
    if request.args.get("comp") != "list":
        return Response(headers=_headers())
    prefix = request.args.get("prefix", "")
    found = "".join(_entry(container, path) for path in listed(state(), container, prefix))
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{container}">'
        f"<Prefix>{escape(prefix)}</Prefix><Blobs>{found}</Blobs><NextMarker/></EnumerationResults>"
    )
    return Response(text, mimetype="application/xml")


def _entry(container: str, path: str) -> str:
    details = file(state(), container, path).stat()
    return (
        f"<Blob><Name>{escape(path)}</Name><Properties><Content-Length>{details.st_size}</Content-Length>"
        f"<Last-Modified>{http_date(details.st_mtime)}</Last-Modified><Etag>{details.st_mtime_ns}</Etag>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
    )


@routes.put("/<_container>")
def create(_container: str) -> Response:
    """Containers are there as soon as something is in them."""
    return Response(status=201, headers=_headers())


@routes.get("/<container>/<path:path>")
def read(container: str, path: str) -> Response:
    """The blob, or the range of it that is asked for. Flask answers HEAD with the same headers."""
    source = file(state(), container, path)
    if not source.is_file():
        return _error(404, "BlobNotFound")
    size = source.stat().st_size
    wanted = re.match(r"bytes=(\d+)-(\d*)", request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if not wanted:
        return Response(source.read_bytes(), headers=_headers(), mimetype="application/octet-stream")
    start, end = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    if start >= size:
        return _error(416, "InvalidRange")
    with source.open("rb") as stream:
        stream.seek(start)
        content = stream.read(end - start + 1)
    headers = _headers() | {"Content-Range": f"bytes {start}-{end}/{size}"}
    return Response(content, 206, headers, mimetype="application/octet-stream")


@routes.put("/<container>/<path:path>")
def write(container: str, path: str) -> Response:
    """The whole blob, a block of it, the list of its blocks, or more at its end."""
    target = file(state(), container, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = request.args.get("comp")
    if part == "appendblock":
        return _append(target)
    if part == "block":
        _block(target, request.args["blockid"].encode()).write_bytes(request.get_data())
    elif part == "blocklist":
        _join(target, request.get_data())
    elif part is None:
        if request.headers.get("If-None-Match") == "*" and target.exists():
            return _error(409, "BlobAlreadyExists")
        target.write_bytes(request.get_data())
    return Response(status=201, headers=_headers())


@routes.delete("/<container>/<path:path>")
def delete(container: str, path: str) -> Response:
    """Away with it."""
    file(state(), container, path).unlink(missing_ok=True)
    return Response(status=202, headers=_headers())


def _append(target: Path) -> Response:
    """Without these headers the SDK's streams try again for ever."""
    with state().lock, target.open("ab") as stream:
        offset = stream.tell()
        stream.write(request.get_data())
    headers = {"x-ms-blob-append-offset": str(offset), "x-ms-blob-committed-block-count": "1"}
    return Response(status=201, headers=_headers() | headers | {"x-ms-blob-type": "AppendBlob"})


def _block(target: Path, block: bytes) -> Path:
    """Blocks wait outside of `blobs`, so that no listing shows them."""
    name = hashlib.sha256(str(target).encode() + block).hexdigest()
    folder = state().folder / "blocks"
    folder.mkdir(exist_ok=True)
    return folder / name


def _join(target: Path, blocks: bytes) -> None:
    parts = [_block(target, name) for name in re.findall(rb"<(?:Latest|Committed|Uncommitted)>([^<]+)<", blocks)]
    with target.open("wb") as stream:
        for part in parts:
            stream.write(part.read_bytes())
    for part in parts:
        part.unlink()


def _headers() -> dict[str, str]:
    return {
        "x-ms-version": "2024-11-04",
        "x-ms-request-id": str(uuid.uuid4()),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-request-server-encrypted": "true",
        "Accept-Ranges": "bytes",
        "ETag": f'"{uuid.uuid4().hex}"',
        "Last-Modified": http_date(),
    }


def _error(status: int, code: str) -> Response:
    headers = {"x-ms-error-code": code}
    return Response(ERROR.format(code=code), status, headers, mimetype="application/xml")
