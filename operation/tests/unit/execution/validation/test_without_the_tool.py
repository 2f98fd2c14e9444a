"""Without tools/gx-duckdb, validation says so by name and with the remedy, and everything else works."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import gx_duckdb
import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.sweep import sweep
from operation.execution.tables.data import show_data
from operation.execution.training.train import train
from operation.execution.validation.validate import validate
from operation.tests.parcels import load
from operation.tests.unit.test_architecture import imported_at_start

REMEDY = r"needs gx-duckdb, which is not installed: run python tasks\.py setup, .* tools/gx-duckdb"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.setitem(sys.modules, "gx_duckdb", None)
    source = tmp_path / "source"
    source.mkdir()
    for table in ("parcels", "weather"):
        (source / f"{table}.csv").write_text("origin\nEWR\n", encoding="utf-8")
    return load(settings=[f"data.source={source}", f"backend.outputs={tmp_path / 'outputs'}"])


def test_validate_says_so(configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=REMEDY):
        validate(configuration, None)


def test_train_says_so_before_it_does_anything(configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=REMEDY):
        train(configuration)
    assert not configuration.outputs.exists()


def test_sweep_says_so_before_it_does_anything(configuration: Configuration) -> None:
    with pytest.raises(OperationError, match=REMEDY):
        sweep(configuration, ())
    assert not configuration.outputs.exists()


def test_data_are_brought_all_the_same(configuration: Configuration) -> None:
    show_data(configuration, force=False)
    assert (configuration.outputs / "data" / "raw" / "parcels.parquet").is_file()


def test_one_module_imports_it_at_the_start_and_is_itself_imported_inside_a_function(repository: Path) -> None:
    importing = {"gx_duckdb": set[str](), "operation.execution.validation.raw_tables": set[str]()}
    for file in (repository / "operation" / "execution").rglob("*.py"):
        code = file.read_text(encoding="utf-8")
        if any(name.rpartition(".")[2] in code for name in importing):  # most name neither, and need no parsing
            for name in imported_at_start(code) & importing.keys():
                importing[name].add(file.name)
    assert list(importing.values()) == [{"raw_tables.py"}, set()]


def names_of_the_tool(code: str) -> Iterator[str]:
    """What the code takes from the tool; what it takes from one of its modules is named with that module."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] == "gx_duckdb")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "gx_duckdb":
            module = (node.module or "").removeprefix("gx_duckdb").removeprefix(".")
            yield from (f"{module}.{alias.name}".removeprefix(".") for alias in node.names)


def test_operation_uses_nothing_but_public_names_of_it(repository: Path) -> None:
    codes = [file.read_text(encoding="utf-8") for file in sorted((repository / "operation").rglob("*.py"))]
    used = {name for code in codes if "gx_duckdb" in code for name in names_of_the_tool(code)} - {"gx_duckdb"}
    assert used
    assert used <= set(gx_duckdb.__all__)


@pytest.mark.parametrize(
    "code", ["from gx_duckdb.rows import open_rows", "import gx_duckdb.rows", "from gx_duckdb import sql"]
)
def test_other_names_of_it_are_found(code: str) -> None:
    assert not set(names_of_the_tool(code)) <= {"gx_duckdb", *gx_duckdb.__all__}
