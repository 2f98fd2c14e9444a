"""Define one job of Azure ML from steps: which are sent, with which files. Pure: needs neither azureml nor a workspace.

A backend through another SDK sends the same.
"""

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
SCRIPT, JOB_FILE = "job.py", "job.json"  # the script that runs the steps there, and the file that it reads
INPUTS = "inputs"  # the folder there for what the script downloads
OUTPUTS = "outputs"  # what a job writes below it becomes the run's artifacts
LIMIT_BYTES = 100_000_000
# fmt: off
SECRETS = (
    ".env*", "*.env", ".netrc", ".pypirc", "*.key", "*.pem", "*.pfx", "*.p12", "*.ppk", "id_rsa*", "id_ed25519*",
    "*credential*", "*secret*", "*.publishsettings", "azureprofile.json", "accesstokens.json",
)
# fmt: on
LEFT_OUT = ("__pycache__", ".*")  # folders: what Python and tools keep there belongs to this machine


@dataclass(frozen=True)
class Parts:
    """The steps of a run by where they run: here before the job, in the job, here after it."""

    before: tuple[Step, ...]
    sent: tuple[Step, ...]
    after: tuple[Step, ...]


def split(steps: Sequence[Step]) -> Parts:
    """Send the core scripts; run the rest here, before the job unless it reads what the job writes.

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


def find_inputs(steps: Sequence[Step]) -> list[str]:
    """List the folders that the steps read and none of them writes, in order."""
    made = {name for step in steps for name in step.outputs.values()}
    return list(dict.fromkeys(name for step in steps for name in step.inputs.values() if name not in made))


def blob_prefix(hashes: Mapping[str, str]) -> str:
    """Choose where a folder with these files (path to SHA-256) goes in the datastore: equal content, equal place."""
    return f"mlops/{hashlib.sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()}"


def describe_job(mark: str, steps: Sequence[Step], prefixes: Mapping[str, str], threads: int) -> dict[str, Any]:
    """Build what `src/job.py` reads: the steps, with folders below the job's working folder.

    `mark` begins the lines that the script itself prints, and `prefixes` hold the place of each input in the datastore.
    """
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
    """Return what begins the job's own lines in its log, and no line of a script."""
    return f"::{run_id}"


def list_code(source: Path) -> list[Path]:
    """List the files of the folder that travel.

    Raises:
        OperationError: one of them looks like a secret by its name, or they are more than the service takes.
    """
    files = sorted(file for file in source.rglob("*") if file.is_file() and not _is_left_out(file.relative_to(source)))
    _refuse_secrets(file.relative_to(source) for file in files)
    size = sum(file.stat().st_size for file in files)
    if size > LIMIT_BYTES:
        largest = max(files, key=lambda file: file.stat().st_size)
        raise OperationError(
            f"{source} holds {size / 1e6:.0f} MB, and a job takes {LIMIT_BYTES / 1e6:.0f} MB of code at most. Data do "
            f"not belong there; the largest file is {largest.relative_to(source)}."
        )
    return files


def _is_left_out(file: Path) -> bool:
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


def read_environment(file: Path) -> EnvironmentDefinition:
    """Read the environment that a conda file defines.

    Raises:
        OperationError: it is missing, or names neither itself nor what it depends on.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise OperationError(f"{file} cannot be read as a conda environment: {error}.") from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str) or not content.get("dependencies"):
        raise OperationError(f"{file} must be a conda environment with the keys name and dependencies.")
    return EnvironmentDefinition(content["name"], file)
