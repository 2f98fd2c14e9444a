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
