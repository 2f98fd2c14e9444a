"""A team deletes a tool, or all of them: what needs it says so by name, and all else works."""

import shutil
import subprocess
from pathlib import Path

import pytest

from operation.execution.configuration.sections import ROOT
from operation.housekeeping.lock import REMEDY
from operation.tests.clones import git
from operation.tests.integration.conftest import settings
from operation.tests.integration.tools.conftest import Clone, environment_of, run
from operation.tests.interrupts import unmeasured
from operation.tools import TOOLS, missing

pytestmark = pytest.mark.slow

NEED = [  # a verb, and the tool that it needs
    ("ado --check", "azure-pipelines-local"),
    ("ado --expand azure-pipelines/ci.yml", "azure-pipelines-local"),
    ("ado --run azure-pipelines/ci.yml", "azure-pipelines-local"),
    ("emulator", "azureml-offline"),
    ("train --environment emulator", "azureml-offline"),
    ("validate", "gx-duckdb"),
    ("sweep", "gx-duckdb"),
    ("train", "gx-duckdb"),
]
WITHOUT = ["azure-pipelines-local and azureml-offline", "gx-duckdb", "any"]


@pytest.fixture(scope="module")
def without(clone: Clone) -> dict[str, Path]:
    """Python by what was deleted of its clone, two folders above it."""
    deleted = [("azure-pipelines-local", "azureml-offline"), ("gx-duckdb",), TOOLS]
    return {name: environment_of(clone(*tools)) for name, tools in zip(WITHOUT, deleted, strict=True)}


def clone_of(python: Path) -> Path:
    return python.parents[2]


def invoke(python: Path, words: str, *more: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a verb in the clone that the Python is for."""
    done = run(python, clone_of(python), "invoke", *words.split(), *more)
    return done.returncode, done.stdout, done.stderr


def small(python: Path, sample: Path) -> list[str]:
    """Settings that make each command take seconds."""
    return [word for each in settings(sample, clone_of(python) / "outputs") for word in ("--set", each)]


def cases() -> list[tuple[str, str, str]]:
    """Each verb without its tool alone, and without any, where training names the first of the two that it needs."""
    found = [(name, verb, tool) for verb, tool in NEED for name in WITHOUT if tool in name or name == "any"]
    return [each for each in found if each != ("any", "train --environment emulator", "azureml-offline")]


@pytest.mark.parametrize(("name", "verb", "tool"), cases(), ids=lambda each: each)
def test_a_verb_that_needs_a_deleted_tool_names_it_with_the_remedy(
    without: dict[str, Path], name: str, verb: str, tool: str
) -> None:
    code, _, errors = invoke(without[name], verb)
    assert (code, len(errors.splitlines())) == (1, 1), errors
    assert errors.startswith(f"This needs tools/{tool}, which this clone does not have: restore that folder")


def test_what_needs_no_tool_works_without_any(without: dict[str, Path], sample: Path) -> None:
    python = without["any"]
    assert "emulator" in invoke(python, "--list")[1]
    for verb in ("setup", "doctor", "data", "models", "train --plan", "clean"):
        options = () if verb == "setup" else small(python, sample)
        code, output, errors = invoke(python, verb, *options)
        assert code == 0, f"{verb}: {output}{errors}"


def test_training_needs_none_but_the_one_that_validates(without: dict[str, Path], sample: Path) -> None:
    python = without["azure-pipelines-local and azureml-offline"]
    code, _, errors = invoke(python, "train", *small(python, sample))
    assert code == 0, errors
    assert "champion" in invoke(python, "models", *small(python, sample))[1]


def test_training_without_the_one_that_validates_registers_nothing(without: dict[str, Path], sample: Path) -> None:
    python = without["gx-duckdb"]
    code, output, errors = invoke(python, "train", *small(python, sample))
    assert code == 1
    assert "This needs tools/gx-duckdb" in output + errors
    assert "Traceback" not in output + errors
    assert "champion" not in invoke(python, "models", *small(python, sample))[1]


def test_an_environment_of_ones_own_without_the_tools_is_told_how_to_get_them(clone: Clone) -> None:
    python = environment_of(clone(), with_tools=False)
    folder = (clone_of(python) / ".venv").rename(clone_of(python) / "of my own")  # used as it is, for all else is in it
    command = [str(folder / "bin" / "python"), "tasks.py", "ado", "--check"]
    done = subprocess.run(command, cwd=folder.parent, env=unmeasured(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"{missing('azure-pipelines-local', folder.parent)}\n")
    assert "python -m pip install --editable tools/azure-pipelines-local" in done.stderr


def test_sessions_of_deleted_tools_are_skipped_by_name(without: dict[str, Path]) -> None:
    python = without["any"]
    assert "* pipelines_local" in run(python, clone_of(python), "nox", "--list").stdout
    names = ("pipelines_local", "azureml_offline", "gx_duckdb", "azureml", "ado", "data_validation")
    done = run(python, clone_of(python), "nox", "--session", *names)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("skipped") == 2 * len(names), done.stderr
    for tool in TOOLS:
        assert f"tools/{tool} is not in this clone" in done.stderr


def test_tests_that_need_a_deleted_tool_are_skipped_and_all_others_are_collected(without: dict[str, Path]) -> None:
    python = without["any"]
    folders = [f"operation/tests/{each}" for each in ("unit", "integration")]
    done = run(python, clone_of(python), "pytest", "--collect-only", "--quiet", *folders)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "test_gate.py::" in done.stdout
    assert "test_azure_pipelines.py::" not in done.stdout
    assert "This needs tools/azure-pipelines-local" in done.stdout


def bring_named_files(clone: Path) -> None:
    """Copy what pages name of the use cases here: the clone has parcels in their place."""
    for name in git(ROOT, "ls-files", "src", "configuration", "operation").splitlines():
        if not (clone / name).exists() and (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)


@pytest.mark.parametrize("name", WITHOUT)
def test_the_documentation_may_name_a_deleted_tool(without: dict[str, Path], name: str) -> None:
    python = without[name]
    bring_named_files(clone_of(python))
    done = run(python, clone_of(python), "pytest", "--quiet", "operation/tests/unit/test_docs.py")
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_locks_are_renewed_without_the_deleted_tools(without: dict[str, Path]) -> None:
    python = without["any"]
    tests = ("pytest", "--quiet", "operation/tests/unit/housekeeping/test_lock.py")
    stale = run(python, clone_of(python), *tests)
    assert stale.returncode == 1
    assert f"environment.yml is stale: {REMEDY}" in stale.stdout
    assert run(python, clone_of(python), "operation.housekeeping.lock", "--write").returncode == 0
    renewed = run(python, clone_of(python), *tests)
    assert renewed.returncode == 0, renewed.stdout[-2000:]
