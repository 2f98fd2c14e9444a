"""Raw tables that are in a datastore of the workspace already: their files are copied here, where all are validated."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from operation.errors import OperationError
from operation.execution.backends.azureml.containers import container
from operation.execution.backends.azureml.failures import call, is_missing
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.json_files import read_json, write_json, write_whole
from operation.execution.tables.sources import FORM, choose

ADDRESS = re.compile(r"azureml://datastores/(?P<name>[^/]+)/paths/(?P<folder>[^/].*?)/*")
KIND = "AzureBlob"
RECORD = "copied.json"  # which version of each file is here


def copy(connection: Connection, source: str, tables: Sequence[str], copies: Path) -> Path:
    """The folder below `copies` that has the files of the tables, and no others.

    A file that is here as it is there is not copied again.

    Raises:
        OperationError: the address is none, or there is no such datastore, folder or table.
    """
    name, path = _parsed(source)
    place = _container(connection, name)
    there = _files(connection, place, source, path)
    wanted = {choose(table, sorted(there), source, path): None for table in tables}
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


def _parsed(source: str) -> tuple[str, str]:
    found = ADDRESS.fullmatch(source)
    if not found:
        raise OperationError(f"data.source is {source!r}: write the address of a folder in a datastore as {FORM}.")
    return found["name"], found["folder"]


def _container(connection: Connection, name: str) -> Any:
    """The SDK's own client of the datastore's container."""
    from azureml.core import Datastore

    try:
        datastore = call(f"find the datastore {name}", lambda: Datastore.get(connection.workspace, name))
    except OperationError as error:
        if not (error.__cause__ and is_missing(error.__cause__)):
            raise
        known = connection.call("list the datastores", lambda: ", ".join(sorted(connection.workspace.datastores)))
        raise OperationError(f"data.source: the workspace has no datastore {name} (it has: {known}).") from error
    if datastore.datastore_type != KIND:
        raise OperationError(f"data.source: the datastore {name} is {datastore.datastore_type}, and must be {KIND}.")
    return container(connection, datastore)


def _files(connection: Connection, place: Any, source: str, path: str) -> dict[str, str]:
    """The version of every file in the folder itself, by name."""
    listed = connection.call(f"list {path}", lambda: list(place.list_blobs(name_starts_with=f"{path}/")))
    found = {PurePosixPath(blob.name): str(blob.etag) for blob in listed}
    if not found:
        raise OperationError(f"data.source: there is nothing at {source}. Check the folder, which is case-sensitive.")
    return {file.name: version for file, version in found.items() if file.parent == PurePosixPath(path)}


def _tidy(folder: Path, keep: set[str]) -> None:
    """Let nothing in the folder but these files, and no record until there is a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)
    for file in folder.iterdir():
        if file.name not in keep:
            shutil.rmtree(file) if file.is_dir() else file.unlink()


def _download(place: Any, name: str, file: Path) -> None:
    def write(part: Path) -> None:
        with part.open("wb") as stream:
            place.download_blob(name).readinto(stream)

    write_whole(file, write)
