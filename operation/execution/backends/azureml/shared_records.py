"""Keep the record of a run with its job in the workspace, so that every clone has it.

That is the record itself, the JSON files and logs in the run's folder, and the outputs of the steps that ran here. As
nothing in the workspace is ever overwritten, each time all of it goes to a new folder below `operation/`, and last the
record beside that folder: an attempt that broke off leaves no record, and counts for nothing.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from operation.execution.backends.azureml import job_definition
from operation.execution.backends.azureml.run_record import RECORD, Record, read
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.temporary import temporary_folder

if TYPE_CHECKING:
    from azureml.core import Run as AzureRun

PLACE = "operation"
LEFT_OUT = shutil.ignore_patterns("static")  # fonts and pictures of the Data Docs: megabytes, always the same


@dataclass(frozen=True)
class SharedRecord:
    """A record in the workspace, and the files beside it."""

    record: Record
    files: tuple[str, ...]


def share(connection: Connection, job: "AzureRun", record: Record) -> None:
    """Upload what is in the run's folder now, with this record."""
    with temporary_folder() as folder:
        files = folder / "files"
        files.mkdir()
        for path in _list_kept(record):
            shutil.copytree(path, files / path.name, ignore=LEFT_OUT) if path.is_dir() else shutil.copy(path, files)
        record.write(folder)
        connection.call(f"keep the record of run {record.run.id}", lambda: _upload(job, folder / RECORD, files))


def find(connection: Connection, job: "AzureRun") -> SharedRecord | None:
    """Find what was shared last; None if nothing was, for then no command of ours sent the job."""
    names = connection.call("list the job's files", job.get_file_names)
    records = [name for name in names if Path(name).match(f"{PLACE}/*.json") and name.count("/") == 1]
    with temporary_folder() as folder:
        found = {name: _read(connection, job, name, folder) for name in records}
    if not found:
        return None
    # Names are random and the service keeps no order that we could rely on. But a run is shared while it runs and once
    # more when it has ended, so the record that says how it ended is the last one.
    last = max(found, key=lambda name: found[name].run.status != "running")
    return SharedRecord(found[last], tuple(name for name in names if name.startswith(f"{last.removesuffix('.json')}/")))


def fetch(connection: Connection, job: "AzureRun", shared: SharedRecord, folder: Path) -> None:
    """Download what was shared into the folder, in place of what is there."""
    for name in shared.files:
        target = folder.joinpath(*Path(name).parts[2:])
        connection.call("fetch the record of the run", partial(job.download_file, name, str(target)))
    shared.record.write(folder)


def _list_kept(record: Record) -> Iterator[Path]:
    folder, parts = record.run.folder, job_definition.split(record.work.steps)
    yield from (path for path in folder.iterdir() if path.suffix in (".json", ".log") and path.name != RECORD)
    outputs = [name for step in (*parts.before, *parts.after) for name in step.outputs.values()]
    yield from (folder / name for name in outputs if (folder / name).is_dir())


def _upload(job: "AzureRun", record: Path, files: Path) -> None:
    place = f"{PLACE}/{uuid4().hex}"  # anew for each attempt: one that broke off has taken its names for ever
    if any(files.iterdir()):
        job.upload_folder(place, str(files))
    job.upload_file(f"{place}.json", str(record))


def _read(connection: Connection, job: "AzureRun", name: str, folder: Path) -> Record:
    connection.call("read the record of the run", lambda: job.download_file(name, str(folder / Path(name).name)))
    return read(folder, Path(name).name)
