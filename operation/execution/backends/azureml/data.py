"""Folders in the workspace's default datastore, each under the hash of its content, so that none goes there twice."""

from functools import partial
from pathlib import Path

from operation.execution.backends.azureml.containers import container
from operation.execution.backends.azureml.translate import prefix
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.steps.recipe import hash_folder


def upload(connection: Connection, folder: Path) -> str:
    """Where the folder's files are in the datastore; they are sent there unless they all are there."""
    hashes = hash_folder(folder)
    place, doing = prefix(hashes), f"upload {folder.name}"
    there = container(connection, connection.call(doing, connection.workspace.get_default_datastore))

    def send(path: str) -> None:
        with (folder / path).open("rb") as stream:
            there.upload_blob(f"{place}/{path}", stream, overwrite=True)

    complete = there.get_blob_client(
        f"{place}.complete"
    )  # written last, beside the files: what is there is there whole
    if not connection.call(doing, complete.exists):
        for path in hashes:
            connection.call(doing, partial(send, path))
        connection.call(doing, lambda: complete.upload_blob(b"", overwrite=True))
    return place
