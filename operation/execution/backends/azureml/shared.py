"""What a run remembers, kept with its job in the workspace, so that every clone has it.

That is its record, the JSON files and logs in its folder, and what its steps put out that ran here. As nothing in the
workspace is overwritten, each time all of it goes to a folder of its own below `operation/`, and last the record beside
that folder: an attempt that broke off leaves no record, and counts for nothing.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from operation.execution.backends.azureml import translate
from operation.execution.backends.azureml.record import RECORD, Record, read
from operation.execution.backends.azureml.workspace import Connection

if TYPE_CHECKING:
    from azureml.core import Run as AzureRun

PLACE = "operation"
LEFT_OUT = shutil.ignore_patterns("static")  # fonts and pictures of the Data Docs: megabytes, always the same


@dataclass(frozen=True)
class Shared:
    """A record in the workspace, and the files beside it."""

    record: Record
    files: tuple[str, ...]


def share(connection: Connection, job: "AzureRun", record: Record) -> None:
    """Keep what is in the run's folder now, with this record."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        files.mkdir()
        for path in _kept(record):
            shutil.copytree(path, files / path.name, ignore=LEFT_OUT) if path.is_dir() else shutil.copy(path, files)
        record.write(Path(folder))
        connection.call(f"keep the record of run {record.run.id}", lambda: _upload(job, Path(folder, RECORD), files))


def find(connection: Connection, job: "AzureRun") -> Shared | None:
    """What was kept last; None if nothing was, for then the job is none of ours."""
    names = connection.call("list the job's files", job.get_file_names)
    records = [name for name in names if Path(name).match(f"{PLACE}/*.json") and name.count("/") == 1]
    with tempfile.TemporaryDirectory() as folder:
        found = {name: _read(connection, job, name, Path(folder)) for name in records}
    if not found:
        return None
    last = max(found, key=lambda name: found[name].run.status != "running")
    return Shared(found[last], tuple(name for name in names if name.startswith(f"{last.removesuffix('.json')}/")))


def fetch(connection: Connection, job: "AzureRun", shared: Shared, folder: Path) -> None:
    """Bring what was kept into the folder, in place of what is there."""
    for name in shared.files:
        target = folder.joinpath(*Path(name).parts[2:])
        connection.call("fetch the record of the run", partial(job.download_file, name, str(target)))
    shared.record.write(folder)


def _kept(record: Record) -> Iterator[Path]:
    folder, parts = record.run.folder, translate.split(record.work.steps)
    yield from (path for path in folder.iterdir() if path.suffix in (".json", ".log") and path.name != RECORD)
    outputs = [name for step in (*parts.before, *parts.after) for name in step.outputs.values()]
    yield from (folder / name for name in outputs if (folder / name).is_dir())


def _upload(job: "AzureRun", record: Path, files: Path) -> None:
    place = f"{PLACE}/{uuid4().hex}"
    if any(files.iterdir()):
        job.upload_folder(place, str(files))
    job.upload_file(f"{place}.json", str(record))


def _read(connection: Connection, job: "AzureRun", name: str, folder: Path) -> Record:
    connection.call("read the record of the run", lambda: job.download_file(name, str(folder / Path(name).name)))
    return read(folder, Path(name).name)
