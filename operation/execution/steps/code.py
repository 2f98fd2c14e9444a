"""The code that a step runs: its script, every module of ours that it imports, and the packages of others.

Found in the source, without running or importing it, so that looking costs milliseconds.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from operation.execution.configuration.source_code import parse


@dataclass(frozen=True)
class Code:
    """`files` are ours; `packages` are the names under which the others are imported, without the standard library."""

    files: tuple[Path, ...]
    packages: frozenset[str]


def code_of(script: Path, root: Path) -> Code:
    """What running `script` can execute: a file of `src/`, beside its modules, or a package below `root`.

    The packages in `tools/` count as ours too: they change without their version changing.

    An import inside a function counts like any other: whether it is reached nobody knows before.
    """
    start, folder = (script / "__main__.py", root) if script.is_dir() else (script, script.parent)
    homes = (folder, *sorted(root.glob("tools/*/src")))
    files: dict[Path, None] = {}
    packages: set[str] = set()
    waiting = [*_packages_above(start, folder), start]
    while waiting:
        file = waiting.pop()
        if file in files:
            continue
        files[file] = None
        for name in imports(file, next(home for home in homes if file.is_relative_to(home))):
            found = [each for home in homes for each in _files(name, home)]
            top = name.partition(".")[0]
            waiting += found
            packages |= set() if found or any(_files(top, home) for home in homes) else {top}
    return Code(tuple(sorted(filter(Path.is_file, files))), frozenset(packages - sys.stdlib_module_names))


@cache  # of a file, as of a name below: one process asks for several steps, and again for the same
def imports(file: Path, folder: Path) -> tuple[str, ...]:
    """The full names of what the file imports; of `from a import b`, both `a` and `a.b`, for `b` may be a module."""
    try:
        tree = parse(file.read_bytes())
    except (OSError, SyntaxError):  # the step itself will say so, with its own words
        return ()
    return tuple(dict.fromkeys(_names(tree, file.relative_to(folder).parent.parts)))


def _names(tree: ast.Module, package: Sequence[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def _files(name: str, folder: Path) -> Sequence[Path]:
    """The files that importing the module `name` executes; none if it is not ours."""
    place = folder.joinpath(*name.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file():
            return [*_packages_above(file, folder), file]
    return []


def _packages_above(file: Path, folder: Path) -> list[Path]:
    above = [folder / parent / "__init__.py" for parent in file.relative_to(folder).parents]
    return [each for each in above if each.is_file()]
