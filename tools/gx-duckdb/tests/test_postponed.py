"""What Great Expectations imports and hardly ever uses, loaded at its first use."""

import subprocess
import sys
from pathlib import Path

import pytest

POSTPONED = "from gx_duckdb.postponed import postpone; postpone(['fruits', 'nuts.brazil']); "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold a module `fruits` and a package `nuts` with `brazil`, which print that they are loaded."""
    for name in ("fruits.py", "nuts/brazil/__init__.py", "nuts/brazil/shell.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("print(__name__, end=' ')\nWEIGHT = 7\n", encoding="utf-8")
    return tmp_path


def run(code: str, folder: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("import fruits, nuts.brazil; from nuts import brazil; import fruits; print('done')", "done"),
        ("import fruits; print(fruits.WEIGHT, fruits.WEIGHT)", "fruits 7 7"),
        ("from fruits import WEIGHT; print(WEIGHT)", "fruits 7"),
        ("from nuts import brazil; print(brazil.WEIGHT)", "nuts.brazil 7"),
        ("import nuts.brazil; print(nuts.brazil.WEIGHT)", "nuts.brazil 7"),
        ("import nuts.brazil.shell; print(nuts.brazil.WEIGHT)", "nuts.brazil nuts.brazil.shell 7"),
        ("import fruits as held; held.WEIGHT; import fruits; print(fruits.WEIGHT is held.WEIGHT)", "fruits True"),
    ],
    ids=["not-used", "used", "one-name", "from-its-package", "by-its-whole-name", "a-module-in-it", "held"],
)
def test_a_postponed_module_is_loaded_once_and_at_its_first_use(code: str, printed: str, folder: Path) -> None:
    assert run(POSTPONED + code, folder) == printed


def test_a_loaded_module_stays(folder: Path) -> None:
    assert (
        run(f"import fruits; first = fruits; {POSTPONED}import fruits; print(fruits is first)", folder) == "fruits True"
    )


def test_a_module_that_is_not_installed_is_missing(folder: Path) -> None:
    (folder / "fruits.py").unlink()
    code = f"{POSTPONED}\ntry:\n    import fruits\nexcept ModuleNotFoundError as error:\n    print(error)"
    assert run(code, folder) == "No module named 'fruits'"


def test_great_expectations_loads_what_it_uses_when_it_uses_it(folder: Path) -> None:
    code = (
        "import sys, gx_duckdb; gx_duckdb.DuckDBDatasource; print({'altair.vegalite', 'scipy.stats._stats_py'} & "
        "{*sys.modules}); from great_expectations.expectations.core import "
        "expect_column_kl_divergence_to_be_less_than as module; "
        "print(module.alt.Chart.__name__, module.stats.entropy([1]))"
    )
    assert run(code, folder).split("\n") == ["set()", "Chart 0.0"]
