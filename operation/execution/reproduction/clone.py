"""Clone the repository at the commit of a version, with the configuration and the data that it was trained with."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import MODEL_FILES
from operation.execution.json_files import hash_file, read_json
from operation.execution.steps.processes import run_script
from operation.execution.values import ModelVersion
from operation.git import ask

LOCAL = Path("configuration", "environments", "local.yaml")
LOCK = "requirements.lock"
MANIFEST = "manifest.json"  # of a snapshot of raw data
NOT_TRAINING = ("use_case", "backend")  # keys that say where and for whom, and not what is trained


def check_out(configuration: Configuration, model: ModelVersion, folder: Path) -> None:
    """Clone the repository into the new folder and check out the version's commit there.

    Raises:
        OperationError: the version names no commit, or one that this clone does not have.
    """
    commit, name = model.tags.get("git_commit", "unknown"), f"{model.name} version {model.version}"
    if commit == "unknown":
        raise OperationError(f"{name} was trained outside of a repository, so that nobody knows from which code.")
    repository = configuration.repository
    try:
        ask(repository, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    except (OSError, subprocess.CalledProcessError) as error:
        raise OperationError(
            f"Commit {commit[:12]} of {name} is not in this clone. Fetch the branch that has it: git fetch --all."
        ) from error
    # --shared: a commit that no branch leads to any more is still there.
    ask(repository, "clone", "--quiet", "--shared", "--no-checkout", str(repository), str(folder))
    ask(folder, "checkout", "--quiet", "--detach", commit)


def configure(folder: Path, trained_with: Mapping[str, Any]) -> None:
    """Let the clone's environment `local` say what the version was trained with; its outputs are in the clone."""
    own = yaml.safe_load((folder / LOCAL).read_text(encoding="utf-8")) or {}
    backend = {**own.get("backend", {}), "outputs": "outputs"}
    kept = {name: value for name, value in trained_with.items() if name not in NOT_TRAINING}
    text = yaml.safe_dump({**own, **_without_empty(kept), "backend": backend}, sort_keys=False, allow_unicode=True)
    (folder / LOCAL).write_text(text, encoding="utf-8")


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out empty mappings, which the loader refuses where a file below has keys: there were none, or are now."""
    kept = {key: _without_empty(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    return {key: value for key, value in kept.items() if value != {}}


def find_data(configuration: Configuration, backend: Backend, trained_with: Mapping[str, Any], sha256: str) -> str:
    """Return where the raw tables are: the snapshot here, if it is the one trained on, or else the version's source."""
    snapshot = configuration.outputs / "data" / "raw"
    with suppress(OperationError):  # there is none
        if read_json(snapshot / MANIFEST).get("sha256") == sha256:
            return str(snapshot.resolve())
    data = trained_with["data"]
    found = backend.bring(data["source"], data["tables"])
    relative = configuration.repository / found
    return str(relative.resolve()) if relative.is_dir() else found


def train(folder: Path, use_case: str, source: str, lock_sha256: str) -> Path:
    """Run `invoke train` in the clone, in an environment of its own lock, and return the folder of the run.

    Raises:
        OperationError: the run did not complete; the message is the last that it printed.
    """
    words = ["train", "--use-case", use_case, "--set", f"data.source={json.dumps(source)}"]
    tools = os.pathsep.join(str(place) for place in sorted(folder.glob("tools/*/src")))
    if hash_file(folder / LOCK) == lock_sha256 == hash_file(Path(__file__).parents[3] / LOCK):
        done = run_script(["-m", "invoke", *words], folder, variables={"PYTHONPATH": tools})
    else:  # a bare Python makes the environment that the clone's lock pins
        done = run_script([str(folder / "tasks.py"), *words], folder, python=bare_python())
    runs = sorted((folder / "outputs" / use_case / "runs").glob(f"*/model/{MODEL_FILES[0]}"))
    if not runs or not (runs[-1].parents[1] / "evaluation" / "metrics.json").is_file():
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise OperationError(f"Training again failed: {said[-1] if said else f'exit code {done.returncode}'}")
    return runs[-1].parents[1]


def bare_python() -> str:
    """Return the Python that this environment was made from."""
    name = "python.exe" if sys.platform == "win32" else "bin/python3"
    return str(Path(sys.base_prefix, name))
