"""The fixture in the tests of another project, which know the tool by its installation alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
import os, sys

BEFORE = dict(os.environ)


def pytest_sessionfinish():
    changed = {name for name in BEFORE | os.environ if BEFORE.get(name) != os.environ.get(name)}
    print("CHANGED", *sorted(changed - {"PYTEST_CURRENT_TEST"}))
    print("SLOW", *sorted({"cryptography", "flask", "werkzeug"} & set(sys.modules)))
    print("CHILDREN", *open(f"/proc/self/task/{os.getpid()}/children").read().split())
"""
USING = """
import json, os, ssl, urllib.request


def test_requests_reach_the_workspace_through_the_environment_variables(offline_workspace):
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))  # takes the proxy's variable
    with opener.open("https://westeurope.api.azureml.ms/discovery/workspaces/any") as answer:
        assert json.load(answer)["api"] == "https://westeurope.api.azureml.ms"
    assert offline_workspace.accepted() == ["CONNECT westeurope.api.azureml.ms:443"]
    assert os.environ["HOME"] == str(offline_workspace.folder / "home")


def test_it_is_the_same_for_all_tests(offline_workspace):
    assert len(offline_workspace.requests()) == 1
"""
OPTIONS = """
import pytest
from azureml_offline import Place


@pytest.fixture(scope="session")
def offline_workspace_options():
    return {"place": Place("11111111-2222-3333-4444-555555555555", "group", "mine")}


def test_the_options_are_passed_on(offline_workspace):
    assert offline_workspace.name == "mine"
"""


def run(folder: Path, tests: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest as that project does, where every warning is an error."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_project.py").write_text(tests, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-W", "error", "-s", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("tests", "number"), [(USING, 2), (OPTIONS, 1)], ids=["default", "options"])
def test_tests_that_use_the_fixture_have_a_workspace_and_leave_nothing(tests: str, number: int, tmp_path: Path) -> None:
    done = run(tmp_path, tests)
    assert f"{number} passed" in done.stdout, done.stdout + done.stderr
    assert ("CHANGED\n" in done.stdout, "CHILDREN\n" in done.stdout) == (True, True)


def test_without_a_test_that_uses_it_nothing_is_started_or_slow(tmp_path: Path) -> None:
    done = run(tmp_path, "def test_something_else():\n    pass\n")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert all(f"{what}\n" in done.stdout for what in ("CHANGED", "SLOW", "CHILDREN"))
