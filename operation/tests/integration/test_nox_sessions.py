"""Sessions of nox with our helpers fail where they must, whatever the environment says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nox
import pytest

import noxfile  # noqa: F401  it sets nox.options
from operation import git

Ended = subprocess.CompletedProcess[str]
Probe = Callable[..., Ended]
PROBE = """
import sys
import nox
sys.path.insert(0, {root!r})
import noxfile

noxfile.LEAST_TESTS["probe"] = 1

@nox.session(venv_backend="none")
def probe(session):
    noxfile.forget_misleading(session)
    {command}
"""
MISLEADING = {
    "SKIP": "ruff-check",
    "PRE_COMMIT_ALLOW_NO_CONFIG": "1",
    "PYTEST_ADDOPTS": "--collect-only",
    "PYTEST_PLUGINS": "another",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "COVERAGE_RCFILE": "another",
    "COVERAGE_PROCESS_START": "another",
    "MYPYPATH": "another",
    "MYPY_CONFIG_FILE_DIR": "another",
    "RUFF_CONFIG": "another",
    "CKV_SKIP": "all",
    "GIT_INDEX_FILE": "another",
    "PYTHONOPTIMIZE": "1",
    "UV_NO_VERIFY_HASHES": "1",
    "UV_OVERRIDE": "another",
    "NOX_DOWNLOAD_PYTHON": "never",
}


@pytest.fixture
def probe(repository: Path, tmp_path: Path) -> Probe:
    """A session that does one thing as ours do, in a folder of its own, started with the given variables."""
    (tmp_path / "operation" / "tests" / "probe").mkdir(parents=True)
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTEST"))}

    def run(command: str, *words: str, **variables: str) -> Ended:
        (tmp_path / "noxfile.py").write_text(PROBE.format(root=str(repository), command=command), encoding="utf-8")
        started = [sys.executable, "-m", "nox", "--session", "probe", *words]
        return subprocess.run(started, cwd=tmp_path, env=usual | variables, capture_output=True, text=True, check=False)

    return run


def test_no_variable_that_misleads_reaches_a_session(probe: Probe) -> None:
    command = 'session.run("python", "-c", "import os; print(*os.environ, sep=chr(10))")'
    shown = probe(command, UV_DEFAULT_INDEX="an index", **MISLEADING).stdout
    assert set(shown.splitlines()) & {*MISLEADING, "UV_DEFAULT_INDEX"} == {"UV_DEFAULT_INDEX"}


@pytest.mark.parametrize(
    "variables", [{}, {"SKIP": "ruff", "PYTEST_ADDOPTS": "--collect-only"}], ids=["plain", "misled"]
)
def test_a_broken_test_fails_whatever_the_environment_says(
    variables: dict[str, str], probe: Probe, tmp_path: Path
) -> None:
    (tmp_path / "operation" / "tests" / "probe" / "test_it.py").write_text("def test_it(): assert 1 == 2")
    result = probe("noxfile.run_tests(session)", **variables)
    assert result.returncode == 1
    assert "assert 1 == 2" in result.stdout


def test_a_hook_that_finds_something_fails_whatever_the_environment_says(probe: Probe, tmp_path: Path) -> None:
    hook = "{id: broken, name: broken, entry: 'false', language: unsupported, always_run: true, pass_filenames: false}"
    (tmp_path / ".pre-commit-config.yaml").write_text(f"repos: [{{repo: local, hooks: [{hook}]}}]")
    make_repository = ["git", "init", "--quiet"]
    subprocess.run(make_repository, cwd=tmp_path, check=True, env=git.environment())
    command = 'session.run("pre-commit", "run", "--all-files")'
    assert probe(command, SKIP="broken", PRE_COMMIT_ALLOW_NO_CONFIG="1").returncode == 1


@pytest.mark.parametrize(("words", "code"), [((), 1), (("--", "-k", "one"), 0)], ids=["whole", "chosen"])
def test_a_session_with_too_few_tests_fails_and_names_the_number(
    words: tuple[str, ...], code: int, probe: Probe, tmp_path: Path
) -> None:
    skipped = "import pytest\n\ndef test_one(): pass\n\n@pytest.mark.skip\ndef test_two(): pass\n"
    (tmp_path / "operation" / "tests" / "probe" / "test_it.py").write_text(skipped)
    result = probe('noxfile.LEAST_TESTS["probe"] = 2; noxfile.run_tests(session)', *words)
    assert result.returncode == code
    named = "Only 1 tests ran, and this session has at least 2. Look for what keeps the others from running"
    assert (named in result.stderr and "LEAST_TESTS['probe'] in noxfile.py" in result.stderr) == bool(code)


def test_the_default_sessions_are_those_of_this_file_whatever_the_environment_says(repository: Path) -> None:
    command = [sys.executable, "noxfile.py", "--list"]
    misled = os.environ | {"NOXSESSION": "bench"}
    shown = subprocess.run(command, cwd=repository, env=misled, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^\* (\w+)", shown, re.MULTILINE)) == set(nox.options.sessions or ())


HALF_TESTED = """
def overdue(minutes: float) -> bool:
    if minutes > 15:
        return True
    return False


print(overdue(20))
"""


@pytest.mark.parametrize(("call", "code"), [("", 2), ("print(overdue(5))\n", 0)], ids=["half", "whole"])
def test_coverage_below_the_floor_fails(call: str, code: int, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "operation").mkdir()
    (tmp_path / "operation" / "gate.py").write_text(HALF_TESTED + call, encoding="utf-8")
    settings = f"--rcfile={repository / 'pyproject.toml'}"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}

    def coverage(*arguments: str) -> int:
        command = [sys.executable, "-m", "coverage", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=alone, check=False).returncode

    assert coverage("run", settings, "operation/gate.py") == coverage("combine", settings) == 0
    assert coverage("report", settings) == code
