"""What a bare process imports: little, so that a verb begins at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT

FOLDER = ROOT / "notebooks"
HEAVY = ("mlflow", "azureml", "azureml_offline", "great_expectations", "numpy", "pandas")


def test_connecting_and_the_status_import_nothing_heavy() -> None:
    code = "import sys\nimport operation.execution.status.status\nfrom operation.execution.backends import connect\n"
    code += "from operation.execution.configuration.loading import load\n"
    code += "for environment in ('local', 'dev'):\n    connect(load(environment))\n"
    code += f"print(*({{*sys.modules}} & {{*{HEAVY}}}))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split() == []


def test_listing_the_verbs_imports_nothing_of_ours_but_how_they_end() -> None:
    code = (
        "import sys\nbare = set(sys.modules)\nimport invoke\nbefore = set(sys.modules)\nimport tasks\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(printed.split()) <= {
        *("__future__", "gc", "operation", "operation.errors", "operation.interrupts", "operation.machine_errors"),
        *("operation.command_line", "operation.verbs", "tasks"),
    }


# What takes a second to import and is of no use there, by the code that would import it.
UNUSED = {
    "a fit": ("import learning.lightgbm_trees as trees\ntrees.import_lightgbm().Dataset", ["sklearn", "pandas"]),
    "reading rows": (
        "from pathlib import Path\nimport duckdb\nfrom learning.files import read_columns\n"
        "duckdb.sql(\"SELECT 1 AS n, NULL::INT AS m, 'a' AS s, true AS b, today() AS d\").write_parquet('a.parquet')\n"
        "assert len(read_columns(Path('a.parquet'), ['n', 'm', 's', 'b', 'd'])['n']) == 1",
        ["pandas"],
    ),
    "checks": (
        "from pathlib import Path\nfrom operation.execution.validation.checkpoints import open_project\n"
        "with open_project(Path.cwd(), 'none', needed={}): import great_expectations",
        ["azure.identity", "sqlalchemy", "altair.vegalite"],
    ),
    "looking at new data": (
        "from pathlib import Path\nfrom operation.execution.new.asked import Asked\n"
        "from operation.execution.new.new import draw\n"
        "rows = [f'{row},{row * 37 % 101},{row % 3 % 2}' for row in range(1000)]\n"
        "Path('shop.csv').write_text('\\n'.join(['id,price,sold', *rows]))\n"
        "draw(Asked(name='shop', data='shop.csv', target='sold'))",
        ["matplotlib"],
    ),
}


@pytest.mark.parametrize(("code", "unused"), UNUSED.values(), ids=UNUSED)
def test_what_is_not_used_is_not_imported(code: str, unused: list[str], tmp_path: Path) -> None:
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "src")))}
    printed = subprocess.check_output(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('imported', *({{*sys.modules}} & {{*{unused}}}))"],
        cwd=tmp_path,
        env=paths,
        text=True,
    )
    assert printed.splitlines()[-1] == "imported"


def test_without_a_verb_the_verbs_are_listed() -> None:
    done = subprocess.run([sys.executable, "tasks.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"train", "notebook", "new"} <= {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


def test_it_needs_nothing_but_the_standard_library(repository: Path) -> None:
    code = "import sys; import operation.bootstrap; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(repository)!r}); {code}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "operation.sdk" in printed.split()


@pytest.mark.skipif(not (FOLDER / "workbench.py").is_file(), reason="this clone has no notebooks")
def test_the_workbench_can_be_imported_without_any_package() -> None:
    code = "import sys; before = set(sys.modules); import workbench; print(*sorted(set(sys.modules) - before))"
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, cwd=FOLDER, env=os.environ | {"PYTHONPATH": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {name.partition(".")[0] for name in done.stdout.split()} <= {*sys.stdlib_module_names, "workbench"}
