"""Which room may import which: arrows point down alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import azure_pipelines_local
import pytest

PACKAGE = Path(azure_pipelines_local.__file__).parent
NAME = azure_pipelines_local.__name__
RUNNING = ("running/machine", "running/plan", "running/work")  # each imports those before it alone


def imported(file: Path) -> Iterator[str]:
    """The modules and names of this package that the file imports, with slashes."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == NAME:
            folder = (node.module or "").partition(".")[2].replace(".", "/")
            yield from (f"{folder}/{each.name}".lstrip("/") for each in node.names)


def room_of(name: str) -> str:
    return next((room for room in RUNNING if f"{name}/".startswith(f"{room}/")), "")


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("room", RUNNING)
def test_a_room_of_running_imports_none_above_it(room: str) -> None:
    above = RUNNING[RUNNING.index(room) + 1 :]
    files = [file for file in FILES if room_of(file.relative_to(PACKAGE).as_posix()) == room]
    assert files
    wrong = [(file.name, name) for file in files for name in imported(file) if room_of(name) in above]
    assert wrong == []


def test_what_reads_and_checks_pipelines_does_not_import_what_runs_them() -> None:
    rooms = ("documents", "expressions", "expansion", "variants", "model", "rules", "linters")
    files = [file for file in FILES if file.relative_to(PACKAGE).parts[0] in rooms]
    assert files
    assert [(file.name, name) for file in files for name in imported(file) if name.startswith("running")] == []
