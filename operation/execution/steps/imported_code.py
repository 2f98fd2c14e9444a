"""Find the code that a step runs: its script, every module of ours that it imports, and the packages of others.

It is found in the source, without running or importing anything, so that looking costs milliseconds.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from operation.execution.configuration.source_code import import_statements, parse

# Functions of the core scripts, and the module of the use case that each of them loads by name.
LOADERS = {
    "learning.use_cases.chosen": "use_case",
    "learning.use_cases.run_script": "use_case",
    "learning.use_cases.load_preparation": "data",
}


@dataclass(frozen=True)
class Code:
    """`files` are ours; `packages` are the import names of the others, without the standard library."""

    files: tuple[Path, ...]
    packages: frozenset[str]


@cache  # for the many runs of a sweep or a back-test
def find_code(script: Path, root: Path, use_case: str = "") -> Code:
    """Find what running `script` can execute: a core script, beside its modules, or a package below `root`.

    A script that imports a function of LOADERS loads that module of the `use_case`, whose name no import says.

    Packages in `tools/` count as ours: a change in one must rerun the step although its version stays the same. An
    import inside a function counts like any other, since nobody knows before whether it is reached.
    """
    start, folder = (script / "__main__.py", root) if script.is_dir() else (script, script.parent)
    return find_imported(start, folder, root, use_case)


def find_imported(start: Path, folder: Path, root: Path, use_case: str = "") -> Code:
    """Find the same of a file whose imports begin in `folder`; the file and the packages above it are part of it."""
    tools = {package.name: package.parent for package in root.glob("tools/*/src/*")}
    files: set[Path] = set()
    packages: set[str] = set()
    waiting = [(file, folder) for file in (*_packages_above(start, folder), start)]
    while waiting:
        file, home = waiting.pop()
        if file in files:
            continue
        files.add(file)
        for name in _with_loaded(imports(file, home), use_case):
            top = name.partition(".")[0]
            found_in = tools.get(top, folder)
            found = _files(name, found_in)
            waiting += [(each, found_in) for each in found]
            # `from churn import FEATURES` names churn.FEATURES, which is no file, though churn is ours.
            packages |= set() if found or _files(top, found_in) else {top}
    return Code(tuple(sorted(filter(Path.is_file, files))), frozenset(packages - sys.stdlib_module_names))


def _with_loaded(names: Sequence[str], use_case: str) -> list[str]:
    """Add to imported names those of the modules of the use case that they load."""
    return [*names, *(f"{use_case}.{LOADERS[name]}" for name in names if use_case and name in LOADERS)]


@cache  # of a file, as of a name below: one process asks for several steps, which share most of their code
def imports(file: Path, folder: Path) -> tuple[str, ...]:
    """List the full names that the file imports; of `from a import b`, both `a` and `a.b`, for `b` may be a module."""
    try:
        tree = parse(file.read_bytes())
    except (OSError, SyntaxError):  # the step fails over it, and its message is better than ours could be
        return ()
    return tuple(dict.fromkeys(_names(tree, file.relative_to(folder).parent.parts)))


def _names(tree: ast.Module, package: Sequence[str]) -> Iterator[str]:
    for node in import_statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def _files(name: str, folder: Path) -> Sequence[Path]:
    """List the files that importing the module `name` executes; none if it is not in `folder`."""
    place = folder.joinpath(*name.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return [*_packages_above(file, folder), file]
    return []


def _packages_above(file: Path, folder: Path) -> list[Path]:
    above = [folder / parent / "__init__.py" for parent in file.relative_to(folder).parents]
    return [each for each in above if each.is_file()]
