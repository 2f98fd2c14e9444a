"""The exact versions that a lock holds, and the three conda files that repeat them.

A is `environment.yml`: every direct requirement of the project and its tools, for developers and build agents.
B is `operation/configuration/train.yml`: what `src/` imports, and only that, for remote compute.
C is `operation/configuration/score.yml`: what `src/score.py` reaches of that, and the server, for web services.
"""

import ast
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from operation.bootstrap import find_tools
from operation.distributions import DISTRIBUTIONS
from operation.housekeeping.imports import imported, reached

PYTHONS = ("3.11", "3.12", "3.13")  # which the locks serve
OLDEST_PYTHON = PYTHONS[0]  # which A, B and C use
ENVIRONMENT_A = "environment.yml"
ENVIRONMENT_B = "operation/configuration/train.yml"
ENVIRONMENT_C = "operation/configuration/score.yml"
EXTRAS = ("azure", "dev")  # in A and in the locks
BASE = ""  # in place of an extra: what is always installed
SERVING = "serving"  # an extra whose packages the locks do not hold: it names exact versions itself
PIP_SECTION = "  - pip:\n"  # A, B and C are free text up to this line, and pins after it


def declared(root: Path, extras: Iterable[str], base: bool = True) -> list[str]:
    """Read the requirements, with their bounds, that `setup.py` and the packages in `tools/` name.

    `extras` are names of extras, wherever they are declared; the requirements without an extra come with `base`.
    """
    own = _of_setup(root)
    tools = [_of_tool(folder / "pyproject.toml") for folder in find_tools(root)]
    return [
        line for each in (own, *tools) for name in ([BASE] if base else []) + [*extras] for line in each.get(name, [])
    ]


def _of_setup(root: Path) -> dict[str, list[str]]:
    tree = ast.parse((root / "setup.py").read_text(encoding="utf-8"))
    values = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {BASE: values["REQUIREMENTS"], **values["EXTRAS"]}


def _of_tool(path: Path) -> dict[str, list[str]]:
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return {BASE: project["dependencies"], **project.get("optional-dependencies", {})}


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
    """Return versions by canonical name, as pip would install the lock with that Python on Linux."""
    lines = re.findall(r"^([^\s#].*?) *\\$", lock, flags=re.MULTILINE)
    chosen = [each for each in map(Requirement, lines) if applies(each, python)]
    return {canonicalize_name(each.name): version(each) for each in chosen}


def conda_files(root: Path, lock: str) -> dict[str, str]:
    """Write A, B and C with the versions of `lock`, by path; their text before the pip section stays."""
    served = [Requirement(line) for line in declared(root, [SERVING], base=False)]
    named = {
        ENVIRONMENT_A: [each.name for each in map(Requirement, declared(root, EXTRAS)) if applies(each)],
        ENVIRONMENT_B: distributions(imported(root / "src")),
        ENVIRONMENT_C: distributions(reached(root / "src", "score")) + [each.name for each in served],
    }
    versions = pins(lock) | {canonicalize_name(each.name): version(each) for each in served}
    texts = {path: (root / path).read_text(encoding="utf-8") for path in named}
    written = {path: with_pins(texts[path], names, versions) for path, names in named.items()}
    tools = [folder.relative_to(root).as_posix() for folder in find_tools(root)]
    written[ENVIRONMENT_A] += "".join(f"      - --editable ./{tool}\n" for tool in tools)
    return written


def distributions(packages: Iterable[str]) -> list[str]:
    """Return what to install to import the packages."""
    return [DISTRIBUTIONS.get(name, name) for name in packages]


def version(requirement: Requirement) -> str:
    """Return the exact version that it names."""
    return str(requirement.specifier).removeprefix("==")


def with_pins(text: str, names: Iterable[str], versions: dict[str, str]) -> str:
    """Return a conda file's `text` with its pip section naming `names`, pinned."""
    head, separator, _ = text.partition(PIP_SECTION)
    ordered = sorted(set(names), key=str.lower)
    lines = [f"      - {name}=={versions[canonicalize_name(name)]}\n" for name in ordered]
    return head + separator + "".join(lines)
