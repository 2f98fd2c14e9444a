"""Which room may import which: from the lowest floor up, each imports those before it alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import azure_pipelines_local
import pytest

PACKAGE = Path(azure_pipelines_local.__file__).parent
NAME = azure_pipelines_local.__name__
FLOORS = (
    ("errors", "documents", "findings", "git", "project", "queued", "arguments"),
    ("expressions",),
    ("model",),
    ("expansion",),
    ("variants",),
    ("previewing",),
    ("linters",),
    ("rules",),
    ("checking",),
    ("running/machine",),
    ("running/plan",),
    ("running/work",),
    ("verbs",),
    ("differences", "explaining"),
    ("__main__",),
)
ROOMS = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = [file for file in sorted(PACKAGE.rglob("*.py")) if file.name != "__init__.py"]


def imported(file: Path) -> Iterator[str]:
    """The modules and names of this package that the file imports, with slashes."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == NAME:
            folder = (node.module or "").partition(".")[2].replace(".", "/")
            yield from (f"{folder}/{each.name}".lstrip("/") for each in node.names)


def floor_of(name: str) -> int | None:
    return next((floor for room, floor in ROOMS.items() if f"{name}/".startswith(f"{room}/")), None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_a_file_imports_nothing_of_a_higher_floor(file: Path) -> None:
    own = floor_of(file.relative_to(PACKAGE).with_suffix("").as_posix())
    assert own is not None, "the room of this file has no floor yet"
    assert [name for name in imported(file) if (floor_of(name) or 0) > own] == []


def test_every_room_that_has_a_floor_is_there() -> None:
    assert [room for room in ROOMS if not ((PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file())] == []
