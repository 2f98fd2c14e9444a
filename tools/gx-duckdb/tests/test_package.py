"""The package from outside: its public names, what importing it costs, and its README."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import gx_duckdb
import pytest
from gx_duckdb.metrics import AGGREGATES, OF_DISTINCT_VALUES, UNEXPECTED

TOOL = Path(__file__).parents[1]
README = TOOL / "README.md"
HEAVY = "{'great_expectations', 'pandas', 'duckdb', 'pyarrow'}"


def python(code: str, folder: Path) -> str:
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", gx_duckdb.__all__)
@pytest.mark.filterwarnings("ignore")  # Great Expectations imports modules that are deprecated
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(gx_duckdb, name).__name__ == name


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'gx_duckdb' has no attribute 'open_row'"):
        gx_duckdb.open_row  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "imported"),
    [
        ("import gx_duckdb", set()),
        ("from gx_duckdb import GxDuckDBError, UnreadableError", set()),
        ("from gx_duckdb import Resources, Rows, open_rows", {"duckdb", "pyarrow"}),
    ],
    ids=["nothing", "errors", "rows"],
)
def test_importing_it_imports_no_more_than_is_used(statement: str, imported: set[str], tmp_path: Path) -> None:
    printed = python(f"import sys; {statement}; print(*{HEAVY} & set(sys.modules))", tmp_path)
    assert set(printed.split()) == imported


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_it_imports_nothing_but_what_it_declares() -> None:
    declared = tomllib.loads((TOOL / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=]", each)[0].replace("-", "_") for each in declared}
    found = set[str]().union(*map(imported, (TOOL / "src").rglob("*.py")))
    assert found - sys.stdlib_module_names - {"gx_duckdb"} == names


def test_the_example_of_the_readme_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [text for language, text in blocks if language == "python"]
    (printed,) = [text for language, text in blocks if language == "text"]
    assert python(example, tmp_path) == printed


def test_the_readme_names_every_metric_that_duckdb_computes() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in (*UNEXPECTED, *AGGREGATES, *OF_DISTINCT_VALUES) if f"`{name}`" not in text] == []
