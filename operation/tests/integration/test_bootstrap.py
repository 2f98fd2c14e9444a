"""A machine with nothing but Python and the clone: one command makes the environment and runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from operation.bootstrap import find_tools
from operation.tests.clones import copy_work_tree

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This work tree as a clone would have it, in which an earlier set-up was interrupted."""
    folder = tmp_path_factory.mktemp("a clone")  # with a space, as folders of users have
    copy_work_tree(repository, folder)
    (folder / ".venv" / "lib").mkdir(parents=True)
    return folder


def bare_python(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Python that this environment was made from, with an empty home; uv keeps its downloads."""
    cache = subprocess.run([sys.executable, "-m", "uv", "cache", "dir"], capture_output=True, text=True, check=True)
    home = clone.parent / "empty home"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "COVERAGE"))}
    environment = kept | {"HOME": str(home), "USERPROFILE": str(home), "UV_CACHE_DIR": cache.stdout.strip()}
    python = Path(sys.base_prefix, "python.exe" if sys.platform == "win32" else "bin/python3")
    command = [str(python), *arguments]
    return subprocess.run(command, cwd=clone.parent, env=environment, capture_output=True, text=True, check=False)


def test_the_first_command_makes_the_environment_and_the_next_ones_use_it(clone: Path) -> None:
    first = bare_python(clone, str(clone / "tasks.py"), "--list")
    assert first.returncode == 0, first.stderr
    assert "Updating .venv from requirements.lock" in first.stderr
    assert "train" in first.stdout
    installed = {path.name.partition("-")[0] for path in (clone / ".venv").glob("[lL]ib*/**/*.dist-info")}
    assert {tool.name.replace("-", "_") for tool in find_tools(clone)} < installed
    second = bare_python(clone, str(clone / "noxfile.py"), "--list")
    assert second.returncode == 0, second.stderr
    assert ".venv" not in second.stderr
    assert "* unit" in second.stdout


def test_an_environment_in_azure_brings_its_sdk(clone: Path) -> None:
    result = bare_python(clone, str(clone / "tasks.py"), "doctor", "--environment", "emulator")
    assert "Updating .venv from requirements-azure.lock" in result.stderr
    assert re.search(r"^azureml-core +ok ", result.stdout, re.MULTILINE), result.stdout
    again = bare_python(clone, str(clone / "tasks.py"), "--list")
    assert ".venv" not in again.stderr


def test_a_failing_program_gives_its_exit_code(clone: Path) -> None:
    result = bare_python(clone, str(clone / "tasks.py"), "no-such-task")
    assert result.returncode == 1
    assert "no-such-task" in result.stderr
