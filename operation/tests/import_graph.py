"""Which file imports which, read from the code of this repository without running it: also inside functions."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from operation.execution.configuration.source_code import import_statements

ALONE = ("tasks.py", "noxfile.py")  # beside operation/, which is imported from the root


@dataclass(frozen=True)
class Imported:
    """What one line imports: `from module import name`, or `import module` with an empty name."""

    module: str
    name: str = ""

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Files:
    """Python files by the dotted name that imports give them."""

    paths: Mapping[str, Path]

    @cached_property
    def graph(self) -> dict[str, set[str]]:
        """Those of these modules that each imports; a package stands for its `__init__.py`."""
        return {name: set(self._targets(name)) - {name} for name in self.paths}

    def _targets(self, name: str) -> Iterator[str]:
        for each in imports(self.paths[name], name):
            inner = f"{each.module}.{each.name}"
            yield from (found for found in ([inner] if inner in self.paths else [each.module]) if found in self.paths)


def files_of(repository: Path) -> Files:
    """Those of operation/ with its tests, src/, and each tool without its tests, which are imported from elsewhere."""
    roots = [repository, repository / "src", *sorted(repository.glob("tools/*/src"))]
    found = {}
    for root in roots:
        below = root / "operation" if root == repository else root
        for path in sorted([*below.rglob("*.py"), *(root / name for name in ALONE if (root / name).is_file())]):
            found[".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")] = path
    return Files(found)


def imports(path: Path, module: str) -> Iterator[Imported]:
    """All that a file imports; relative imports by their full name, of which `module` is the file's."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in import_nodes(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            yield from (Imported(alias.name) for alias in node.names)
        else:
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            yield from (Imported(source, alias.name) for alias in node.names)


@cache
def import_nodes(code: str) -> list[ast.Import | ast.ImportFrom]:
    """Find all imports, also inside functions; once for all rules, because parsing is what takes time."""
    return list(import_statements(ast.parse(code)))


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules each of which is reached from each other one; those that import only themselves apart."""
    rest = _without_ends(graph)
    reached = {name: _reached(rest, name) for name in rest}
    groups = {tuple(sorted(other for other in reached[name] if name in reached[other])) for name in rest}
    return [list(group) for group in sorted(groups) if group]


def _without_ends(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Drop, again and again, what imports nothing that is left: without a circle, nothing is left."""
    rest = {name: others & graph.keys() for name, others in graph.items()}
    while ends := {name for name, others in rest.items() if not others}:
        rest = {name: others - ends for name, others in rest.items() if name not in ends}
    return rest


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found, waiting = set[str](), list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph.get(name, ())
    return found


def declared(init: Path) -> set[str]:
    """The public names of a package: the literal `__all__` of its `__init__.py`; empty where there is none."""
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()
