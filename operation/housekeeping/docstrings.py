"""Read docstrings as the documentation site shows them: Markdown, in which `Args:`, `Raises:` and such head lists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HEADS = {"Args": "param", "Attributes": "ivar", "Raises": "raises", "Returns": "returns", "Yields": "yields"}
SECTION = re.compile(rf"^({'|'.join(HEADS)}):\n((?: {{4}}.*\n)*)", re.MULTILINE)
ITEM = re.compile(r"^ {4}(\*{0,2}\w[\w.]*): ", re.MULTILINE)
PROSE = ("Returns", "Yields")  # sections without names
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`[^`]*`")
ROLE = re.compile(r"\{[\w:-]+\}$")  # of MyST, before a span
OF_RST = re.compile(r":[a-z]+:`|``|^ *\.\. \w+::", re.MULTILINE)  # which Markdown would show as it stands
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def with_fields(text: str) -> str:
    """Return a docstring with a field for each item of its sections; it keeps its number of lines."""
    return SECTION.sub(lambda found: _fields(found[1], found[2]), f"{text}\n")


def _fields(head: str, items: str) -> str:
    if head in PROSE:
        return f"\n:{HEADS[head]}: {' '.join(items.split())}\n" + "\n" * (items.count("\n") - 1)
    return "\n" + ITEM.sub(rf":{HEADS[head]} \1: ", items)


def faults(file: Path) -> Iterator[str]:
    """Yield a line for each docstring of a Python file that the site would show wrongly: where, and what is wrong."""
    for node in _documented(ast.parse(file.read_text(encoding="utf-8"))):
        if fault := _fault(ast.get_docstring(node) or ""):
            name, line = ("", 1) if isinstance(node, ast.Module) else (f" of {node.name}", node.lineno)
            yield f"{line}: the docstring{name} {fault}"


def _documented(block: ast.AST) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the block, if it can have a docstring, and what is defined in it."""
    if isinstance(block, DOCUMENTED):
        yield block
    # Statements alone: `ast.walk` visits every expression, which are ten times as many.
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(block, name, ()):
            yield from _documented(node)


def _fault(text: str) -> str:
    """Say what is wrong with a docstring; "" if nothing is."""
    rest = FENCE.sub("", text)
    if found := OF_RST.search(rest):
        return f"has {found[0].strip()}, which is not Markdown. Write `name`."
    if rest.count("`") % 2:
        return "has a backtick without a second one. Close it."
    if any(ROLE.search(rest, 0, span.start()) for span in SPAN.finditer(rest)):
        return "has a role before a backtick, which only MyST knows. Write `name`."
    for head, items in SECTION.findall(f"{text}\n"):
        if not items or (head not in PROSE and not ITEM.match(items)):
            return f"has {head}: without `name: ...` on the next lines, indented by four spaces. Add it."
    return ""
