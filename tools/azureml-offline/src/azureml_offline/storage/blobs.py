"""The files behind the storage account: a blob is `blobs/CONTAINER/PATH` in the workspace's folder."""

import hashlib
import hmac
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote

from werkzeug.security import safe_join

from azureml_offline.workspace.names import identifier
from azureml_offline.workspace.refusals import not_found
from azureml_offline.workspace.state import State

PIECE = 1 << 18  # bytes: a blob may be larger than the memory


def url(workspace: State, container: str, path: str) -> str:
    """Return the URL for reading and writing the blob, with the signature that permits it."""
    # Quoted: a name may have characters such as # and %, which mean something else in a URL.
    place = quote(f"{container}/{path}")
    return f"https://{workspace.names.blob_host}/{place}?sv=2024-11-04&sr=b&sig={signature(workspace, container, path)}"


def path_in(url: str, container: str) -> str:
    """Return the path of a blob of the container by its URL."""
    return unquote(url.partition("?")[0]).partition(f"/{container}/")[2]


def signature(workspace: State, container: str, path: str) -> str:
    """Return the signature that opens this blob and no other."""
    key = workspace.names.signature.encode()
    return hmac.new(key, f"{container}/{path}".encode(), hashlib.sha256).hexdigest()


def file(workspace: State, container: str, path: str = "") -> Path:
    """Return the blob's file; refuse a path that leads out of its container."""
    joined = safe_join(str(workspace.folder / "blobs"), container, path)
    return Path(joined) if joined else not_found(f"Blob {container}/{path}")


def list_paths(workspace: State, container: str, prefix: str = "") -> list[str]:
    """Return the sorted paths of the container's blobs that start with the prefix."""
    root = file(workspace, container)
    paths = (found.relative_to(root).as_posix() for found in root.rglob("*") if found.is_file())
    return sorted(path for path in paths if path.startswith(prefix))


def pieces(source: Path, start: int, size: int) -> Iterator[bytes]:
    """Yield `size` bytes of the file from `start` on."""
    with source.open("rb") as stream:
        stream.seek(start)
        for offset in range(0, size, PIECE):
            yield stream.read(min(PIECE, size - offset))


def receive(workspace: State, target: Path, content: IO[bytes]) -> None:
    """Write the content; the file appears whole or not at all, for others may be reading it."""
    arriving = _waiting(workspace, identifier())
    with arriving.open("wb") as stream:
        shutil.copyfileobj(content, stream, PIECE)
    arriving.replace(target)  # atomic, for both are in one file system


def block(workspace: State, target: Path, name: str) -> Path:
    """Return the file in which a block of the blob waits for the others."""
    # Hashed: the client chooses the name, which may hold slashes, and other blobs may have blocks of the same name.
    return _waiting(workspace, hashlib.sha256(f"{target} {name}".encode()).hexdigest())


def join(workspace: State, target: Path, names: Sequence[str]) -> None:
    """Join the blocks in this order to the blob."""
    parts = [block(workspace, target, name) for name in names]
    # Joined beside the blob and then moved: who reads meanwhile gets the old blob or the new one, never a part.
    joined = _waiting(workspace, identifier())
    with joined.open("wb") as stream:
        for part in parts:
            with part.open("rb") as content:
                shutil.copyfileobj(content, stream, PIECE)
    joined.replace(target)
    for part in parts:
        part.unlink()


def _waiting(workspace: State, name: str) -> Path:
    """Return a file outside of `blobs`, where no listing shows it."""
    folder = workspace.folder / "blocks"
    folder.mkdir(exist_ok=True)
    return folder / name
