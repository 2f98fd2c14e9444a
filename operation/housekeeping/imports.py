"""Find the third-party packages that scripts import: those of a whole folder, or only those one script can reach.

Serving needs only a part of what training does: functions that it never calls may import packages it does not install.
"""

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

TOP = ""  # in place of a name: what runs when the module is imported
ALL = "*"  # in place of a name: every part of the module
Part = tuple[str, str]  # of a module, as imports write it: a name that the module binds, TOP or ALL


def imported(source: Path) -> set[str]:
    """Return the top-level names of third-party packages that the files below `source` import, at any place in them."""
    modules = (".".join(path.relative_to(source).with_suffix("").parts) for path in source.rglob("*.py"))
    return packages(source, [(module, ALL) for module in modules])


def reached(source: Path, script: str) -> set[str]:
    """Do as `imported`, for one script in `source` and the functions and classes it can reach."""
    return packages(source, [(script, ALL)])


def packages(source: Path, parts: Iterable[Part]) -> set[str]:
    """Return the top-level names of third-party packages that the parts import, and whatever they lead to."""
    found, seen, waiting = set[str](), set[Part](), deque(parts)
    while waiting:  # whole modules first, in which single parts then need no look of their own
        module, name = part = waiting.popleft()
        if part in seen:
            continue
        seen.add(part)
        if name.isidentifier() and file_of(source, f"{module}.{name}"):
            waiting.append((f"{module}.{name}", ALL))
        if name.isidentifier() and (module, ALL) in seen:
            continue
        if file := file_of(source, module):
            waiting += [(module, TOP), *leads(parsed(file.read_text(encoding="utf-8")), module, name)]
        else:
            found.add(module.partition(".")[0])
    return found - sys.stdlib_module_names - {path.stem for path in source.iterdir()}


def file_of(source: Path, module: str) -> Path | None:
    """Return the file of a module in `source`; None for modules from elsewhere."""
    path = source.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


@cache
def parsed(text: str) -> ast.Module:
    """Parse a module; cached, because many parts of each are needed."""
    return ast.parse(text)


def leads(tree: ast.Module, module: str, name: str) -> Iterator[Part]:
    """Yield the parts that one part of a module (parsed as `tree`) imports or refers to."""
    if name == TOP:
        for node in running(tree.body):
            yield from ((other, TOP) for other, _ in imports(node))
        return
    bound = bindings(tree)
    for statement in tree.body if name == ALL else bound.get(name, []):
        for node in ast.walk(statement):
            yield from imports(node)
            if isinstance(node, ast.Name) and node.id in bound:
                yield module, node.id


def running(statements: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes that run when the module is imported: no bodies of functions, nothing for type checkers."""
    for statement in statements:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            yield from running(statement.orelse)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from ast.walk(statement)


@cache
def bindings(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """Return the statements that bind each name of a module, including its imports."""
    bound: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        for name in names(statement):
            bound.setdefault(name, []).append(statement)
    return bound


def names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at the top of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def imports(node: ast.AST) -> Iterator[Part]:
    """Yield module and name of an import; relative ones stay in their package, and are left out."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, ALL) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        yield from ((node.module, alias.name) for alias in node.names)
