"""The exact versions that a lock holds, and the two conda files that repeat them.

A is `environment.yml`: every direct requirement of the project, for developers and build agents.
B is `operation/configuration/train.yml`: what `src/` imports, and only that, for remote compute.
"""

import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHONS = ("3.11", "3.12", "3.13")  # which the locks serve
OLDEST_PYTHON = PYTHONS[0]  # which A and B use
ENVIRONMENT_A = "environment.yml"
ENVIRONMENT_B = "operation/configuration/train.yml"
EXTRAS = ("azure", "dev")
PIP_SECTION = "  - pip:\n"  # A and B are free text up to this line, and pins after it
DISTRIBUTIONS = {"azureml": "azureml-core", "sklearn": "scikit-learn", "yaml": "PyYAML"}  # which import otherwise


def declared(root: Path, extras: Iterable[str]) -> list[str]:
    """The requirements that `setup.py` names, with their bounds: the base ones and those of the extras."""
    tree = ast.parse((root / "setup.py").read_text(encoding="utf-8"))
    values = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [*values["REQUIREMENTS"], *(line for extra in extras for line in values["EXTRAS"][extra])]


def applies(requirement: Requirement, python: str = OLDEST_PYTHON) -> bool:
    """Say whether pip would install it with that Python on Linux."""
    platform = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }
    return requirement.marker is None or requirement.marker.evaluate(platform)


def pins(lock: str, python: str = OLDEST_PYTHON) -> dict[str, str]:
    """Version by canonical name, as pip would install the lock with that Python on Linux."""
    lines = re.findall(r"^([^\s#].*?) *\\$", lock, flags=re.MULTILINE)
    chosen = [each for each in map(Requirement, lines) if applies(each, python)]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in chosen}


def conda_files(root: Path, lock: str) -> dict[str, str]:
    """The text of A and B with the versions of `lock`, by path; their text before the pip section stays."""
    direct = [each.name for each in map(Requirement, declared(root, EXTRAS)) if applies(each)]
    remote = [DISTRIBUTIONS.get(name, name) for name in imported(root / "src")]
    versions = pins(lock)
    return {
        ENVIRONMENT_A: with_pins((root / ENVIRONMENT_A).read_text(encoding="utf-8"), direct, versions),
        ENVIRONMENT_B: with_pins((root / ENVIRONMENT_B).read_text(encoding="utf-8"), remote, versions),
    }


def with_pins(text: str, names: Iterable[str], versions: dict[str, str]) -> str:
    """A conda file's `text` with its pip section naming `names`, pinned."""
    head, separator, _ = text.partition(PIP_SECTION)
    ordered = sorted(set(names), key=str.lower)
    lines = [f"      - {name}=={versions[canonicalize_name(name)]}\n" for name in ordered]
    return head + separator + "".join(lines)


def imported(source: Path) -> set[str]:
    """Top-level names of the third-party packages that the files below `source` import, wherever they do it."""
    own = {path.stem for path in source.iterdir()}
    names: set[str] = set()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module.partition(".")[0])
    return names - own - sys.stdlib_module_names
