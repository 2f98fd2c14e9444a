"""The package from outside: its public names, what importing it costs, and its README."""

import ast
import os
import re
import site
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path

import gx_duckdb
import pytest
from gx_duckdb.metrics import AGGREGATES, OF_DISTINCT_VALUES, UNEXPECTED

TOOL = Path(__file__).parents[1]
README = TOOL / "README.md"
HEAVY = "{'great_expectations', 'pandas', 'duckdb', 'pyarrow'}"


def run(code: str, folder: Path, python: str | Path = sys.executable) -> str:
    """Run the code in the folder; returns what it prints."""
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment, which the wheel is installed into; it borrows what the wheel depends on."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Of a line with a path, the files *.pth there are not read: the editable installation of the tool stays behind.
    lent = folder / "lib" / version / "site-packages" / "lent.pth"
    lent.write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"]
    subprocess.run([*uv, "--python", str(folder / "bin" / "python"), str(TOOL)], check=True)
    return folder / "bin" / "python"


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
    printed = run(f"import sys; {statement}; print(*{HEAVY} & set(sys.modules))", tmp_path)
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


def test_the_example_of_the_readme_runs_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [text for language, text in blocks if language == "python"]
    (printed,) = [text for language, text in blocks if language == "text"]
    found = run(f"{example}\nimport gx_duckdb\nprint(gx_duckdb.__file__)", tmp_path, installed)
    assert found.startswith(printed)
    assert Path(found.removeprefix(printed).strip()).is_relative_to(installed.parents[1])


def test_the_version_is_the_one_of_the_changelog() -> None:
    newest = (TOOL / "CHANGELOG.md").read_text(encoding="utf-8").partition("\n## ")[2].partition("\n")[0]
    assert newest == metadata.version("gx-duckdb")


def test_the_readme_names_every_metric_that_duckdb_computes() -> None:
    text = README.read_text(encoding="utf-8")
    assert [name for name in (*UNEXPECTED, *AGGREGATES, *OF_DISTINCT_VALUES) if f"`{name}`" not in text] == []
