"""The gates of continuous integration: each of them turns its job red when what it looks at is broken.

One run shows several gates, each by its own message. To be quick, the clones have only the tests that a gate is about.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from operation.tests.ado.pipelines.conftest import Clone, change, results, run
from operation.tests.interrupts import unmeasured

pytestmark = pytest.mark.slow
PIPELINE = "azure-pipelines/ci.yml"
WRONG_TYPE = '"""Breaks a gate."""\n\n\ndef number() -> int:\n    """A number."""\n    return "1"\n'
SESSIONS = [("lint", "failed"), ("types", "failed"), ("infrastructure", "failed"), ("lock", "success")]
NO_DOCSTRING = "NUMBER = 1\n"
EXPECTATIONS = "operation/tests/parcels/suites/parcels.json"


def keep_only(folder: Path, *tests: str) -> None:
    """Remove all other tests of the clone."""
    kept = {folder / "operation" / "tests" / name for name in tests}
    for file in sorted((folder / "operation" / "tests").rglob("*.py")):
        if file.name != "conftest.py" and file not in kept and not any(each in file.parents for each in kept):
            file.unlink()


@pytest.fixture(scope="module")
def checks(clone: Clone) -> str:
    """What the job of the checks shows of a clone with a fault for each gate."""
    folder = clone("checks")
    keep_only(folder, "infrastructure")
    shutil.rmtree(folder / "notebooks")
    (folder / "operation" / "wrong_type.py").write_text(WRONG_TYPE, encoding="utf-8")
    (folder / "operation" / "no_docstring.py").write_text(NO_DOCSTRING, encoding="utf-8")
    (folder / "src" / "key.txt").write_text("AccountKey=" + "Ab1" * 28 + "Ab==\n", encoding="utf-8")
    change(folder, "azure-pipelines/infrastructure/storage.json", r"TLS1_2", "TLS1_0")
    ran = run(folder, PIPELINE, "--job", "checks")
    assert ran.returncode == 1
    (log,) = folder.glob("outputs/ado/*/logs/__default.checks/05.txt")
    return log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "message",
    [
        "D100 Missing docstring in public module\n--> operation/no_docstring.py:1:1",
        "src/key.txt:1",
        "operation/wrong_type.py:6: error: Incompatible return value type",
        "CKV_AZURE_44",
    ],
    ids=["lint", "secrets", "types", "templates"],
)
def test_a_fault_turns_the_checks_red(message: str, checks: str) -> None:
    assert message in checks


@pytest.mark.parametrize(("session", "result"), SESSIONS)
def test_only_the_sessions_with_a_fault_are_red(session: str, result: str, checks: str) -> None:
    assert f"* {session}: {result}" in checks


def test_failed_tests_turn_the_tests_red_and_are_published(clone: Clone) -> None:
    """A gate that lets every model pass, and a smoke test that finds no fault in any answer."""
    folder = clone("tests")
    keep_only(
        folder,
        "unit/execution/registration/test_gate.py",
        "unit/execution/deployment/test_golden.py",
        "parcels",
        "clones.py",
    )
    change(
        folder,
        "operation/execution/registration/gate.py",
        r"    misses = list\(_misses\(metrics, rule\)\)",
        "    misses: list[str] = []",
    )
    change(
        folder,
        "operation/execution/deployment/golden.py",
        r"        if not isinstance\(answer, Mapping\) or",
        '        return ""\n        if not isinstance(answer, Mapping) or',
    )
    ran = run(folder, PIPELINE, "--job", "unit")
    assert ran.returncode == 1
    assert results(ran.stdout)["nox -s unit"] == "Failed"
    assert results(ran.stdout)["Tests of unit"] == "Failed"
    assert "There are one or more test failures" in ran.stdout
    assert results(ran.stdout)["Measurements for the coverage"] == "Skipped"
    for test in ("registration/test_gate.py", "deployment/test_golden.py"):
        assert f"FAILED operation/tests/unit/execution/{test}" in ran.stdout


def test_an_expectation_that_the_data_do_not_meet_turns_the_data_validation_red(clone: Clone) -> None:
    folder = clone("data")
    keep_only(folder, "data_validation/test_step.py", "parcels", "clones.py")
    change(folder, EXPECTATIONS, r'"4000 \* share"', '"40000 * share"')
    ran = run(folder, PIPELINE, "--job", "data_validation")
    assert ran.returncode == 1
    assert results(ran.stdout)["nox -s data_validation"] == "Failed"
    assert results(ran.stdout)["Tests of data_validation"] == "Failed"
    assert (
        "FAILED operation/tests/data_validation/test_step.py::test_good_data_leave_a_record_and_a_report" in ran.stdout
    )


def test_a_coverage_below_the_floor_turns_its_session_red(clone: Clone) -> None:
    """The session alone: all jobs whose measurements it combines would take a quarter of an hour."""
    folder = clone("coverage")
    measured = folder / "outputs" / "coverage" / ".coverage.unit.few"
    measured.parent.mkdir(parents=True)
    few = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        "-m",
        "pytest",
        "operation/tests/unit/execution/registration/test_gate.py",
    ]
    # As nox starts pytest: without the variables of the one that runs this test, which may be one of xdist's processes.
    outside = {name: value for name, value in unmeasured().items() if not name.startswith("PYTEST_")}
    subprocess.run(few, cwd=folder, env={**outside, "COVERAGE_FILE": str(measured)}, check=True)
    (taken,) = measured.parent.glob(".coverage.unit.few*")
    for session in ("azureml", "ado", "integration"):
        shutil.copy(taken, taken.with_name(f".coverage.{session}.few"))
    words = [sys.executable, "-m", "nox", "-s", "coverage"]
    ran = subprocess.run(words, cwd=folder, env=unmeasured(), capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "is less than fail-under=95" in ran.stdout
    assert "Session coverage failed" in ran.stderr
