"""Folders to the workspace's default datastore, and raw tables from any datastore, whose files are copied here.

Everything is validated on this machine, so tables that are in a datastore already come here first.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from operation.errors import OperationError
from operation.execution.backends.azureml.job_definition import blob_prefix
from operation.execution.backends.azureml.sdk_failures import call, is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.json_files import read_json, write_json, write_whole
from operation.execution.steps.recipe import hash_folder
from operation.execution.tables.sources import FORM, choose

ADDRESS = re.compile(r"azureml://datastores/(?P<name>[^/]+)/paths/(?P<folder>[^/].*?)/*")
KIND = "AzureBlob"
RECORD = "copied.json"  # which version of each file is here
SCOPE = "https://storage.azure.com/.default"
NO_KEY = "None"  # how the SDK says that a datastore is read and written by identity


def upload(connection: Connection, folder: Path) -> str:
    """Send the folder's files to the default datastore, unless they all are there, and return the folder's place.

    The place is a hash of the content, so that nothing goes there twice.
    """
    hashes = hash_folder(folder)
    place, doing = blob_prefix(hashes), f"upload {folder.name}"
    there = _container(connection, connection.call(doing, connection.workspace.get_default_datastore))

    def send(path: str) -> None:
        with (folder / path).open("rb") as stream:
            there.upload_blob(f"{place}/{path}", stream, overwrite=True)

    # Written last, beside the files: where it is, they are all there and whole. An upload that broke off is repeated.
    complete = there.get_blob_client(f"{place}.complete")
    if not connection.call(doing, complete.exists):
        for path in hashes:
            connection.call(doing, partial(send, path))
        connection.call(doing, lambda: complete.upload_blob(b"", overwrite=True))
    return place


def copy(connection: Connection, source: str, tables: Sequence[str], copies: Path) -> Path:
    """Copy the files of the tables, and no others, into a folder below `copies`, and return that.

    A file that is here as it is there is not copied again.

    Raises:
        OperationError: the address is malformed, or there is no such datastore, folder or table.
    """
    name, path = _parse(source)
    place = _find_container(connection, name)
    there = _list_files(connection, place, source, path)
    wanted = {file: None for table in tables for file in choose(table, sorted(there), source, path)}
    folder = copies / hashlib.sha256(source.encode()).hexdigest()[:16]
    here = read_json(folder / RECORD) if (folder / RECORD).is_file() else {}
    keep = {file for file in wanted if here.get(file) == there[file] and (folder / file).is_file()}
    if keep != {*wanted} or {*here} != {*wanted}:
        _tidy(folder, keep)
        for file in wanted:
            if file not in keep:
                connection.call(f"copy {path}/{file}", partial(_download, place, f"{path}/{file}", folder / file))
        write_json(folder / RECORD, {file: there[file] for file in wanted})
    return folder


def _parse(source: str) -> tuple[str, str]:
    found = ADDRESS.fullmatch(source)
    if not found:
        raise OperationError(f"The data source {source!r} must be the address of a folder in a datastore: {FORM}.")
    return found["name"], found["folder"]


def _find_container(connection: Connection, name: str) -> Any:
    from azureml.core import Datastore

    try:
        datastore = call(f"find the datastore {name}", lambda: Datastore.get(connection.workspace, name))
    except OperationError as error:
        if not (error.__cause__ and is_missing(error.__cause__)):
            raise
        known = connection.call("list the datastores", lambda: ", ".join(sorted(connection.workspace.datastores)))
        raise OperationError(f"The workspace has no datastore {name}; it has {known}.") from error
    if datastore.datastore_type != KIND:
        raise OperationError(f"The datastore {name} is {datastore.datastore_type}, and must be {KIND}.")
    return _container(connection, datastore)


def _container(connection: Connection, datastore: Any) -> Any:
    """Make the client of the datastore's container: a ContainerClient of azure-storage-blob, which the SDK has copied.

    It uses the key that the workspace keeps for the datastore. Without one it uses the identity that signed in, which
    needs a role on the storage account; that is not checked here.

    Raises:
        OperationError: there is no token for storage.
    """
    service = datastore.blob_service
    if datastore.credential_type == NO_KEY:
        connection.call("sign in to the storage account", lambda: connection.credential.get_token(SCOPE))
        # The SDK's own client would look for an identity by itself, and for minutes.
        service = type(service)(service.url, credential=connection.credential)
    return service.get_container_client(datastore.container_name)


def _list_files(connection: Connection, place: Any, source: str, path: str) -> dict[str, str]:
    """List the files in and below the folder by their paths in it, each with its version."""
    listed = connection.call(f"list {path}", lambda: list(place.list_blobs(name_starts_with=f"{path}/")))
    found = {PurePosixPath(blob.name).relative_to(path).as_posix(): str(blob.etag) for blob in listed}
    if not found:
        raise OperationError(f"There is nothing at {source}. Check the folder, which is case-sensitive.")
    return found


def _tidy(folder: Path, keep: set[str]) -> None:
    """Delete all but these files, and the record until there is a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)
    for place in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
        elif not place.is_dir() and place.relative_to(folder).as_posix() not in keep:
            place.unlink()


def _download(place: Any, name: str, file: Path) -> None:
    def write(part: Path) -> None:
        with part.open("wb") as stream:
            place.download_blob(name).readinto(stream)

    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, write)
