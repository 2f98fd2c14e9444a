"""Collect all that decides what a step puts out, and therefore whether it must run again."""

import hashlib
import json
import platform
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from operation.distributions import DISTRIBUTIONS
from operation.execution.configuration.sections import ROOT
from operation.execution.json_files import hash_file
from operation.execution.steps.imported_code import find_code
from operation.execution.values import Step

LOCK = "requirements.lock"
USE_CASE = "--use-case"  # the option by which a step is told whose files to load
Hashes = Mapping[str, str]  # path to the SHA-256 of the file's bytes in hexadecimal


@dataclass(frozen=True)
class Recipe:
    """What goes into a step: `inputs` by the name of their folder, `code` by path in the repository.

    `arguments` are the words behind each option, `folders` the name of the folder behind each of the other options:
    names and not paths, so that the same work in another clone or run has the same recipe.

    `packages` holds the versions of Python and of the packages that the code imports, and the hash of the lock, which
    stands for whatever these need in turn.
    """

    arguments: Mapping[str, str]
    folders: Mapping[str, str]
    code: Hashes
    packages: Mapping[str, str]
    inputs: Mapping[str, Hashes]

    @property
    def key(self) -> str:
        """Return the SHA-256 of it all in hexadecimal: the same key, the same outputs."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Recipe":
        """Restore what `asdict` made of a recipe; raises KeyError or TypeError for anything else."""
        names = ("arguments", "folders", "code", "packages", "inputs")
        return cls(*(values[name] for name in names))

    def without(self, folders: Collection[str]) -> "Recipe":
        """Leave those inputs out: what they hold, and that there are any."""
        options = {option: name for option, name in self.folders.items() if name not in folders}
        inputs = {name: files for name, files in self.inputs.items() if name not in folders}
        return replace(self, folders=options, inputs=inputs)


def recipe_of(step: Step, inputs: Mapping[str, Hashes], root: Path = ROOT) -> Recipe:
    """Make the recipe of a step of the repository at `root`, with what is known of its inputs."""
    code = find_code(root / step.script, root, " ".join(step.arguments.get(USE_CASE, ())))
    read = [file for name in step.files for file in _files(root / name)]
    return Recipe(
        {option: " ".join(words) for option, words in step.arguments.items()},
        {**step.inputs, **step.outputs},
        {file.relative_to(root).as_posix(): hash_file(file) for file in sorted({*code.files, *read})},
        {"python": _python(), LOCK: hash_file(root / LOCK), **{name: _version(name) for name in sorted(code.packages)}},
        {name: inputs[name] for name in sorted(step.inputs.values()) if name in inputs},
    )


def differences(now: Recipe, then: Recipe) -> list[str]:
    """Say what has changed, as people would: "argument trees 200 → 300", "input raw/orders.parquet changed"."""
    return [
        *_changed_values("argument ", now.arguments, then.arguments),
        *_changed_inputs(now.inputs, then.inputs),
        *(f"{path} changed" for path in _changed(now.code, then.code)),
        *_changed_values("", now.packages, then.packages),
    ]


def hash_folder(folder: Path) -> Hashes:
    """Hash every file in the folder and below; a link counts as what it points to."""
    return {file.relative_to(folder).as_posix(): hash_file(file) for file in _files(folder)}


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def _changed(now: Mapping[str, str], then: Mapping[str, str]) -> Iterable[str]:
    return (name for name in sorted({*now, *then}) if now.get(name) != then.get(name))


def _changed_inputs(now: Mapping[str, Hashes], then: Mapping[str, Hashes]) -> Iterator[str]:
    """Name the one file that changed, or only the folder if several did."""
    for folder in sorted({*now, *then}):
        changed = list(_changed(now.get(folder, {}), then.get(folder, {})))
        if changed:
            yield f"input {folder}/{changed[0]} changed" if len(changed) == 1 else f"input {folder} changed"


def _changed_values(kind: str, now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[str]:
    for name in _changed(now, then):
        if name == LOCK:
            yield f"{name} changed"
        else:
            values = f"{then.get(name, 'none')} → {now.get(name, 'none')}"
            yield f"{kind}{name.removeprefix('--').replace('-', '_')} {values}"


@cache  # looking a version up reads the package's metadata from disk, and the steps share most packages
def _version(package: str) -> str:
    try:
        found = distribution(DISTRIBUTIONS.get(package, package))
    except PackageNotFoundError:
        return "not installed"
    # As metadata.version finds it, which parses all of the file as an e-mail; the long description comes last.
    head = (found.read_text("METADATA") or "").partition("\n\n")[0]
    written = re.search(r"^Version: *(\S+) *$", head, re.MULTILINE)
    return written[1] if written else found.version


def _python() -> str:
    return f"{platform.python_version()} {platform.system()} {platform.machine()}"
