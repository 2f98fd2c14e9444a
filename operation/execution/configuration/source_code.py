"""Constants, functions and classes of Python files, found in the source through imports, without running anything."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn

from operation.errors import OperationError

Definition = ast.expr | ast.FunctionDef | ast.ClassDef
Binding = Definition | str  # a string is the name that an import takes
USE_CASE_FILE = "use_case.py"
FUNCTIONS = ("add_preparation",)  # of that file; its other names are constants, in capitals


@dataclass(frozen=True)
class Module:
    """A file, and the folder from which its imports are found.

    `use_case` names the package whose constants the code reads as `use_case.target`: that is TARGET of its file.
    """

    file: Path
    folder: Path
    use_case: str = ""

    @cached_property
    def tree(self) -> ast.Module:
        """Return the syntax tree; raises OperationError for a file that is missing or not Python."""
        try:
            return parse(self.file.read_bytes())
        except FileNotFoundError as error:
            raise OperationError(f"{self._name} is missing. Restore it: git checkout -- {self._name}") from error
        except SyntaxError as error:
            raise OperationError(f"{self._name}:{error.lineno}: {error.msg}. Fix the Python there.") from error

    def definition(self, name: str) -> tuple["Module", Definition]:
        """Find where the name is defined, here or where it is imported from, and as what.

        Raises:
            OperationError: it is defined several times, or not by an assignment, a function, a class or an import.
        """
        found = [(node, value) for node in self.tree.body for bound, value in _bindings(node) if bound == name]
        if len(found) != 1:
            raise OperationError(f"{self._name} must define {name} once, by an assignment, a function or an import.")
        statement, value = found[0]
        return self._imported(statement).definition(value) if isinstance(value, str) else (self, value)

    def resolve(self, node: ast.expr) -> tuple["Module", Definition]:
        """Follow a name, or an attribute of `use_case`, to its definition; anything else stands for itself."""
        match node:
            case ast.Name(name):
                return self.definition(name)
            case ast.Attribute(ast.Name("use_case"), "name") if self.use_case:
                return self, ast.Constant(self.use_case)
            case ast.Attribute(ast.Name("use_case"), name) if self.use_case:
                file = self.folder / self.use_case / USE_CASE_FILE
                return replace(self, file=file).definition(name if name in FUNCTIONS else name.upper())
        return self, node

    def literal(self, node: ast.expr) -> Any:
        """Return the value of a literal, or of a name that leads to one; raises OperationError for all else."""
        module, value = self.resolve(node)
        try:
            return ast.literal_eval(value)
        except (TypeError, ValueError):
            module.refuse(value, "must be a literal")

    def items(self, node: ast.expr) -> dict[str, ast.expr]:
        """Return the values of a dict with literal keys, by key; or of a dict that a name leads to."""
        module, value = self.resolve(node)
        if not isinstance(value, ast.Dict) or None in value.keys:
            module.refuse(value, "must be a dict with literal keys")
        return {module.literal(key): each for key, each in zip(value.keys, value.values, strict=True) if key}

    def refuse(self, node: ast.AST, complaint: str) -> NoReturn:
        """Raise OperationError for code that only running it would explain."""
        line, code = getattr(node, "lineno", 0), ast.unparse(node).partition("\n")[0]
        raise OperationError(f"{self._name}:{line}: `{code}` {complaint}: parameters are read without running scripts.")

    def _imported(self, statement: ast.AST) -> "Module":
        module = statement.module if isinstance(statement, ast.ImportFrom) and not statement.level else None
        place = self.folder.joinpath(*(module or "").split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if not module or not file.is_file():
            self.refuse(statement, f"must import from a file in {self.folder.name}/")
        return replace(self, file=file)

    @property
    def _name(self) -> str:
        return self.file.relative_to(self.folder.parent).as_posix()


def import_statements(block: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a module, those inside functions and branches too."""
    # Statements alone: `ast.walk` visits every expression, which are ten times as many.
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(block, field, ()):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node
            elif isinstance(node, ast.AST):
                yield from import_statements(node)


@cache  # several scripts lead to the same files, and a step's code is found in them, too
def parse(code: bytes) -> ast.Module:
    """Parse a file's content; raises SyntaxError."""
    return ast.parse(code)


def _bindings(statement: ast.stmt) -> list[tuple[str, Binding]]:
    """Yield the names that a statement of a module binds, each with what to."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [(statement.name, statement)]
    if isinstance(statement, ast.ImportFrom):
        return [(each.asname or each.name, each.name) for each in statement.names]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        return [(statement.target.id, statement.value)]
    if isinstance(statement, ast.Assign):
        return [(each.id, statement.value) for each in statement.targets if isinstance(each, ast.Name)]
    return []
