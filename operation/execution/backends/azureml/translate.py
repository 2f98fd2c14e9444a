"""From steps to one job of Azure ML. Pure: it needs neither azureml nor a workspace."""

import fnmatch
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from operation.errors import OperationError
from operation.execution.steps.processes import THREADS
from operation.execution.values import Step

SOURCE = "src"  # the folder that travels
SCRIPT, JOB = "job.py", "job.json"  # what runs the steps there, and what it reads
INPUTS = "inputs"  # where it puts what it fetches
OUTPUTS = "outputs"  # what a job writes below it becomes the run's artifacts
LIMIT_BYTES = 100_000_000
# fmt: off
SECRETS = (
    ".env*", "*.env", ".netrc", ".pypirc", "*.key", "*.pem", "*.pfx", "*.p12", "*.ppk", "id_rsa*", "id_ed25519*",
    "*credential*", "*secret*", "*.publishsettings", "azureprofile.json", "accesstokens.json",
)
# fmt: on
LEFT_OUT = ("__pycache__", ".*")  # folders: what Python and tools keep there is of this machine


@dataclass(frozen=True)
class Parts:
    """The steps of a run by where they run: here before the job, in the job, here after it."""

    before: tuple[Step, ...]
    sent: tuple[Step, ...]
    after: tuple[Step, ...]


def split(steps: Sequence[Step]) -> Parts:
    """Core scripts are sent; the rest runs here, and before the job unless it reads what comes of it.

    So bad raw data are found before anything costs money.
    """
    sent = [step for step in steps if PurePosixPath(step.script).parts[0] == SOURCE]
    before: list[Step] = []
    after: list[Step] = []
    later = {name for step in sent for name in step.outputs.values()}
    for step in steps:
        if step not in sent:
            waits = later & {*step.inputs.values()}
            (after if waits else before).append(step)
            later |= {*step.outputs.values()} if waits else set()
    return Parts(tuple(before), tuple(sent), tuple(after))


def inputs(steps: Sequence[Step]) -> list[str]:
    """The folders that the steps take in and none of them puts out, in order."""
    made = {name for step in steps for name in step.outputs.values()}
    return list(dict.fromkeys(name for step in steps for name in step.inputs.values() if name not in made))


def prefix(hashes: Mapping[str, str]) -> str:
    """Where a folder with these files (path to SHA-256) goes in the datastore: the same content, the same place."""
    return f"mlops/{hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()}"


def job(mark: str, steps: Sequence[Step], prefixes: Mapping[str, str], threads: int) -> dict[str, Any]:
    """What `src/job.py` reads: the steps, with folders below the job's working folder; `mark` begins its own lines."""
    folders = {name: f"{OUTPUTS}/{name}" for step in steps for name in step.outputs.values()}
    folders |= {name: f"{INPUTS}/{place}" for name, place in prefixes.items()}
    return {
        "mark": mark,
        "variables": dict.fromkeys(THREADS, str(threads)) | {"PYTHONUNBUFFERED": "1", "MPLBACKEND": "Agg"},
        "inputs": sorted({*prefixes.values()}),
        "steps": [
            {
                "name": step.name,
                "argv": [str(PurePosixPath(step.script).relative_to(SOURCE)), *step.argv(folders)],
                "outputs": [folders[name] for name in step.outputs.values()],
            }
            for step in steps
        ],
    }


def mark_of(run_id: str) -> str:
    """What begins the job's own lines in its log, and no line of a script."""
    return f"::{run_id}"


def snapshot(source: Path) -> list[Path]:
    """The files of the folder that travel.

    Raises:
        OperationError: one of them looks like a secret by its name, or they are more than the service takes.
    """
    files = sorted(file for file in source.rglob("*") if file.is_file() and not _left_out(file.relative_to(source)))
    _refuse_secrets(file.relative_to(source) for file in files)
    size = sum(file.stat().st_size for file in files)
    if size > LIMIT_BYTES:
        largest = max(files, key=lambda file: file.stat().st_size)
        raise OperationError(
            f"{source} holds {size / 1e6:.0f} MB, and a job takes {LIMIT_BYTES / 1e6:.0f} MB of code at most. Data do "
            f"not belong there; the largest file is {largest.relative_to(source)}."
        )
    return files


def _left_out(file: Path) -> bool:
    return any(fnmatch.fnmatch(folder, name) for folder in file.parent.parts for name in LEFT_OUT)


def _refuse_secrets(files: Iterable[Path]) -> None:
    found = [str(file) for file in files if any(fnmatch.fnmatch(file.name.lower(), name) for name in SECRETS)]
    if found:
        raise OperationError(
            f"{', '.join(found)} in {SOURCE} looks like a secret, and all that is there is sent to Azure ML. Move it "
            "away, or give it another name."
        )


@dataclass(frozen=True)
class EnvironmentDefinition:
    """A conda specification and the name under which the workspace keeps it."""

    name: str
    file: Path


def environment(file: Path) -> EnvironmentDefinition:
    """The environment that a conda file defines.

    Raises:
        OperationError: it is missing, or names neither itself nor what it depends on.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise OperationError(f"{file} cannot be read as a conda environment: {error}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str) or not content.get("dependencies"):
        raise OperationError(f"{file} is no conda environment: it needs the keys name and dependencies.")
    return EnvironmentDefinition(content["name"], file)
