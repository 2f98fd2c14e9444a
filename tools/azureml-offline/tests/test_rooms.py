"""Which module may import which: rooms stand on floors, imports lead down, and nothing leads out of the tool."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import azureml_offline
import pytest

PACKAGE = Path(azureml_offline.__file__).parent
VALUES = "values"  # the floor of the modules that import nothing of the tool
# From the ground up. A room may import from itself and from the floors below it, not from beside it.
FLOORS = (
    {VALUES},
    {"workspace"},
    {"resources"},
    {"storage"},
    {"runs", "model_management"},
    {"server"},
    {"the public modules"},
)
NEEDED = {"cryptography", "flask", "werkzeug", "yaml"}  # what pyproject.toml names
CHEAP = {"__init__", "client", "errors", "folders", "foreground", "values"}  # what `import azureml_offline` imports


def modules() -> Iterator[str]:
    """The name of each module, from the package down, a room's own description left out."""
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        if not name.endswith(".__init__"):
            yield name


MODULES = tuple(modules())


def floor(module: str) -> tuple[int, str]:
    """The number of the module's floor, and its room."""
    room = module.partition(".")[0] if "." in module else "the public modules"
    room = VALUES if module in ("errors", "values") else room
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms), room


def imported(module: str, everywhere: bool = True) -> Iterator[str]:
    """What the module imports, as "package.module"; without `everywhere`, when it is imported itself."""
    tree = ast.parse(PACKAGE.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(module: str, everywhere: bool = True) -> set[str]:
    """The modules of the tool that it imports."""
    names = {
        name.removeprefix("azureml_offline.") for name in imported(module, everywhere) if "azureml_offline" in name
    }
    return {name if name in MODULES else name.rpartition(".")[0] or "__init__" for name in names}


@pytest.mark.parametrize("module", MODULES)
def test_imports_lead_down(module: str) -> None:
    number, room = floor(module)
    below = {name: floor(name) for name in inside(module)}
    assert {name for name, (other, where) in below.items() if other >= number and where != room} == set()


def test_no_modules_import_one_another() -> None:
    TopologicalSorter({module: inside(module) for module in MODULES}).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_imported_but_the_standard_library_and_what_the_package_needs(module: str) -> None:
    outside = {name.partition(".")[0] for name in imported(module)} - {"azureml_offline"} - sys.stdlib_module_names
    assert outside <= NEEDED | ({"pytest"} if module == "pytest_plugin" else set())


@pytest.mark.parametrize("module", sorted(CHEAP))
def test_the_public_names_are_cheap_to_import(module: str) -> None:
    assert inside(module, everywhere=False) <= CHEAP
    assert not {name.partition(".")[0] for name in imported(module, everywhere=False)} & NEEDED


def test_the_program_of_a_web_service_runs_where_only_the_standard_library_is() -> None:
    program = "model_management.scoring_program"
    optional = {"flask"}  # for which there is a stand-in
    assert {name.partition(".")[0] for name in imported(program)} - optional <= sys.stdlib_module_names
    # Its folder is where it looks first for what it imports.
    assert {module.rpartition(".")[2] for module in MODULES} & sys.stdlib_module_names == set()


def test_a_file_name_stands_once() -> None:
    names = [module.rpartition(".")[2] for module in MODULES]
    assert sorted(set(names)) == sorted(names)
