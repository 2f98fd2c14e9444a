"""`invoke reproduce`: train a registered version again from its commit, and say what differs."""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import MODEL_FILES
from operation.execution.json_files import hash_file, read_json, read_sealed, write_json
from operation.execution.leftovers import in_order
from operation.execution.registration.evidence import CONFIGURATION, LINEAGE, METRICS
from operation.execution.registration.find_version import find_version
from operation.execution.reproduction import clone
from operation.execution.temporary import temporary_folder
from operation.execution.values import ModelVersion

RECORD = "reproduction.json"
TAGS = {  # what must be as it was, for the rest to be: each with words
    "data_sha256": "raw data",
    "lock_sha256": "requirements.lock",
    "python": "Python",
}
FILES = (*MODEL_FILES, "model.txt")
ABSENT = "-"
SHORT = 16  # characters of a hash that are shown


@dataclass(frozen=True)
class Check:
    """Something of the version, as it was registered and as it is when it is made again."""

    name: str
    registered: str
    again: str

    @property
    def same(self) -> bool:
        """Say whether it is what it was."""
        return self.registered == self.again


def reproduce(configuration: Configuration, wanted: str) -> None:
    """Train the version again in a clone, compare bytes and metrics, and say what differs.

    Raises:
        OperationError: there is no such version or commit, training failed, or the model is another one.
    """
    version = _parse(wanted)
    backend = connect(configuration)
    with in_order(configuration, backend):
        model = find_version(configuration, backend.registry, version)
        folder = configuration.outputs / "reproductions" / f"version-{version}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        backend.registry.fetch(model, folder)
        checks = _make_again(configuration, backend, model, folder)
        listed = [{**asdict(one), "same": one.same} for one in checks]
        write_json(folder / RECORD, {"version": version, "checks": listed})
    _show(model, checks)


def _parse(wanted: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,17}", wanted):
        raise OperationError(f"A version is a whole number from 1, not {wanted!r}. invoke models lists them.")
    return int(wanted)


def _make_again(configuration: Configuration, backend: Backend, model: ModelVersion, package: Path) -> list[Check]:
    trained_with = read_json(package / CONFIGURATION)
    with temporary_folder() as temporary:
        place = temporary / "clone"
        with console.step("check out") as note:
            clone.check_out(configuration, model, place)
            clone.configure(place, trained_with)
            note.text = f"commit {model.tags['git_commit'][:12]}"
        with console.step("train") as note:
            source = clone.find_data(configuration, backend, trained_with, model.tags.get("data_sha256", ""))
            use_case = str(trained_with.get("use_case", configuration.use_case))
            run = clone.train(place, use_case, source, model.tags.get("lock_sha256", ""))
            note.text = f"from {source}"
        return compare(model.tags, package, run)


def compare(tags: Mapping[str, str], package: Path, run: Path) -> list[Check]:
    """Compare what decides a model, its files byte for byte, and its test metrics."""
    lineage = read_sealed(run / LINEAGE)
    metrics = read_json(run / "evaluation" / METRICS)["metrics"]
    values = read_json(package / CONFIGURATION), read_sealed(run / CONFIGURATION)
    return [
        *(Check(words, tags.get(tag, ABSENT), lineage.get(tag, ABSENT)) for tag, words in TAGS.items()),
        Check("configuration", *(_hash_values(each) for each in values)),
        *(Check(name, _hash(package / name), _hash(run / "model" / name)) for name in FILES),
        *(Check(name, tags.get(f"metric.{name}", ABSENT), str(value)) for name, value in metrics.items()),
    ]


def _hash_values(configuration: Mapping[str, Any]) -> str:
    """Hash what shapes a model: neither where it is trained nor where its data are kept."""
    kept = {name: value for name, value in configuration.items() if name not in clone.NOT_TRAINING}
    kept["data"] = {name: value for name, value in kept["data"].items() if name != "source"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _hash(file: Path) -> str:
    return hash_file(file) if file.is_file() else ABSENT


def _show(model: ModelVersion, checks: Sequence[Check]) -> None:
    rows = [[one.name, _short(one.registered), _short(one.again), "same" if one.same else "differs"] for one in checks]
    name = f"{model.name} version {model.version}"
    console.table(name, ["", "registered", "made again", ""], rows)
    if model.tags.get("git_dirty") == "true":
        console.say(f"{name} was trained with changes that are not in its commit, so that it may well differ.")
    differing = ", ".join(one.name for one in checks if not one.same)
    if any(not one.same for one in checks if one.name in FILES):
        raise OperationError(f"{name} was not reproduced. What differs: {differing}.")
    besides = f" What differs besides: {differing}." if differing else ""
    console.say(f"{name} is reproduced: the model is the same, byte for byte.{besides}")


def _short(text: str) -> str:
    return text if len(text) <= SHORT + 4 else f"{text[:SHORT]}..."
