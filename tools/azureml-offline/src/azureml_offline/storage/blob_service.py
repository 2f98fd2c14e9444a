"""The storage account: the part of the Blob REST API that the SDK uses for uploads, downloads and streams."""

import hmac
import re
import time
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from azureml_offline.resources import identity
from azureml_offline.storage import blobs
from azureml_offline.workspace.names import identifier
from azureml_offline.workspace.state import state

# The application puts this prefix before the paths of requests to the account's host.
routes = Blueprint("storage", __name__, url_prefix="/blobs")
AUDIENCE = "https://storage.azure.com"
ERROR = '<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
# In Azure's own words: learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and
# common-rest-api-error-codes beside it.
MESSAGES = {
    "AuthenticationFailed": "Server failed to authenticate the request. Make sure the value of the Authorization "
    "header is formed correctly including the signature.",
    "BlobAlreadyExists": "The specified blob already exists.",
    "BlobNotFound": "The specified blob does not exist.",
    "ConditionNotMet": "The condition specified using HTTP conditional header(s) is not met.",
    "InvalidAuthenticationInfo": "Server failed to authenticate the request. Please refer to the information in the "
    "www-authenticate header.",
    "InvalidBlockList": "The specified block list is invalid.",
    "InvalidRange": "The range specified is invalid for the current size of the resource.",
    "KeyBasedAuthenticationNotPermitted": "Key based authentication is not permitted on this storage account.",
}


@routes.before_request
def check() -> Response | None:
    """Refuse a request without a valid signature or token; a signature by the account's key is trusted unchecked."""
    names = state().names
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if "sig" in request.args:
        return None if _is_signed() else _error(403, "AuthenticationFailed")
    if scheme == "Bearer":
        return None if _is_for_storage(given) else _error(401, "InvalidAuthenticationInfo")
    if scheme == "SharedKey" and given.startswith(f"{names.account}:"):
        return _error(403, "KeyBasedAuthenticationNotPermitted") if state().identity_based else None
    return _error(403, "AuthenticationFailed")


def _is_signed() -> bool:
    """Say whether the signature opens the blob that is asked for.

    azureml-core quotes the URL of an upload once more, so that `a#1` arrives as `a%231`. Azure then says that the
    signature did not match (azure-sdk-for-python issue 35513); here the file comes back under its name.
    """
    asked = request.view_args or {}
    for path in dict.fromkeys((asked.get("path", ""), unquote(asked.get("path", "")))):
        known = blobs.signature(state(), asked.get("container", ""), path)
        if hmac.compare_digest(request.args["sig"].encode(), known.encode()):
            if path:
                asked["path"] = path
            return True
    return False


def _is_for_storage(bearer: str) -> bool:
    claims = identity.read(state(), bearer)
    return bool(claims and claims["aud"].removesuffix("/.default") == AUDIENCE and claims["exp"] >= time.time())


@routes.get("/<container>")
def contents(container: str) -> Response:
    """List the names and sizes of a container's blobs, or describe the container."""
    if request.args.get("comp") != "list":
        return Response(headers=_headers())
    prefix = request.args.get("prefix", "")
    found = "".join(_entry(container, path) for path in blobs.list_paths(state(), container, prefix))
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{container}">'
        f"<Prefix>{escape(prefix)}</Prefix><Blobs>{found}</Blobs><NextMarker/></EnumerationResults>"
    )
    return Response(text, mimetype="application/xml")


def _entry(container: str, path: str) -> str:
    details = blobs.file(state(), container, path).stat()
    return (
        f"<Blob><Name>{escape(path)}</Name><Properties><Content-Length>{details.st_size}</Content-Length>"
        f"<Last-Modified>{http_date(details.st_mtime)}</Last-Modified><Etag>{details.st_mtime_ns}</Etag>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
    )


@routes.put("/<container>")
def create(container: str) -> Response:
    """Accept a new container: it exists as soon as something is in it."""
    del container
    return Response(status=201, headers=_headers())


@routes.get("/<container>/<path:path>")
def read(container: str, path: str) -> Response:
    """Return a blob, or a range of it. Flask answers HEAD with the same headers."""
    source = blobs.file(state(), container, path)
    if not source.is_file():
        return _error(404, "BlobNotFound")
    if request.headers.get("If-Match", "*") not in ("*", _tag(source)):  # it has changed during a download in parts
        return _error(412, "ConditionNotMet")
    size = source.stat().st_size
    wanted = re.match(r"bytes=(\d+)-(\d*)", request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if not wanted:
        return _send(source, 0, size, 200)
    start, end = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    if start >= size:
        return _error(416, "InvalidRange")
    answer = _send(source, start, end - start + 1, 206)
    answer.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return answer


@routes.put("/<container>/<path:path>")
def write(container: str, path: str) -> Response:
    """Write a whole blob, one of its blocks, the list that joins them, or more to its end."""
    target = blobs.file(state(), container, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = request.args.get("comp")
    if request.headers.get("If-None-Match") == "*" and part in (None, "blocklist") and target.exists():
        return _error(409, "BlobAlreadyExists")
    if part == "appendblock":
        return _append(target)
    if part == "block":
        blobs.receive(state(), blobs.block(state(), target, request.args["blockid"]), request.stream)
    elif part == "blocklist":
        names = re.findall(r"<(?:Latest|Committed|Uncommitted)>([^<]+)<", request.get_data(as_text=True))
        if not all(blobs.block(state(), target, name).exists() for name in names):
            return _error(400, "InvalidBlockList")
        blobs.join(state(), target, names)
    else:
        blobs.receive(state(), target, request.stream)
    return Response(status=201, headers=_headers())


@routes.delete("/<container>/<path:path>")
def delete(container: str, path: str) -> Response:
    """Delete a blob."""
    target = blobs.file(state(), container, path)
    if not target.is_file():
        return _error(404, "BlobNotFound")
    target.unlink()
    return Response(status=202, headers=_headers())


def _append(target: Path) -> Response:
    """Append to a blob. Without these headers the SDK's streams try again for ever."""
    with state().lock, target.open("ab") as stream:  # two appends at once would report the same offset
        offset = stream.tell()
        stream.write(request.get_data())
    headers = {"x-ms-blob-append-offset": str(offset), "x-ms-blob-committed-block-count": "1"}
    return Response(status=201, headers=_headers() | headers | {"x-ms-blob-type": "AppendBlob"})


def _send(source: Path, start: int, size: int, status: int) -> Response:
    headers = _headers() | {"Content-Length": str(size), "ETag": _tag(source)}
    return Response(blobs.pieces(source, start, size), status, headers, mimetype="application/octet-stream")


def _tag(source: Path) -> str:
    """Return what changes with the blob's content."""
    return f'"0x{source.stat().st_mtime_ns:X}"'


def _headers() -> dict[str, str]:
    return {
        "x-ms-version": "2024-11-04",
        "x-ms-request-id": identifier(),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-request-server-encrypted": "true",
        "Accept-Ranges": "bytes",
        "ETag": f'"{identifier()}"',
        "Last-Modified": http_date(),
    }


def _error(status: int, code: str) -> Response:
    headers = {"x-ms-error-code": code}
    return Response(ERROR.format(code=code, message=MESSAGES[code]), status, headers, mimetype="application/xml")
