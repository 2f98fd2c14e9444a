"""Each tool in an environment of its own, where nothing of this project is, for another repository."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from operation.bootstrap import find_tools
from operation.tests.clones import commit_all
from operation.tests.interrupts import unmeasured

pytestmark = pytest.mark.slow

SECONDS = 60
PIPELINE = """trigger: none
parameters:
- name: greeting
  type: string
  default: hello
pool:
  vmImage: ubuntu-24.04
jobs:
- template: templates/greet.yml
  parameters:
    greeting: ${{ parameters.greeting }}
"""
TEMPLATE = """parameters:
- name: greeting
  type: string
jobs:
- job: greet
  steps:
  - script: test "${{ parameters.greeting }} of $(cat name.txt)" = "hello of another repository"
    displayName: Greet
"""
TEST = """
import socket
from urllib.parse import urlsplit


def test_the_workspace_listens(offline_workspace):
    address = urlsplit(offline_workspace.environment["HTTPS_PROXY"])
    socket.create_connection((address.hostname, address.port), timeout=5).close()
"""


def installed_alone(repository: Path, folder: Path, tool: str, *more: str) -> Path:
    """The folder of commands of a new environment, which has the tool and what it needs."""
    if repository / "tools" / tool not in find_tools(repository):
        pytest.skip(f"tools/{tool} is not in this clone")
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder / "alone")], check=True)
    python = folder / "alone" / "bin" / "python"
    install = ("pip", "install", "--quiet", "--python", str(python), f"./tools/{tool}")
    subprocess.run([*uv, *install, *more], cwd=repository, check=True)
    return python.parent


def environment(commands: Path, home: Path) -> dict[str, str]:
    """As of a shell of somebody who has nothing but this environment."""
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in unmeasured().items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    return kept | {"PATH": os.pathsep.join([str(commands), os.defpath]), "HOME": str(home)}


@pytest.fixture(scope="module")
def pipelines(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_alone(repository, tmp_path_factory.mktemp("pipelines"), "azure-pipelines-local")


@pytest.fixture(scope="module")
def offline(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_alone(repository, tmp_path_factory.mktemp("offline"), "azureml-offline", "pytest")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A small repository of somebody else, with a pipeline and a template."""
    folder = tmp_path / "foreign"
    (folder / "templates").mkdir(parents=True)
    (folder / "azure-pipelines.yml").write_text(PIPELINE, encoding="utf-8")
    (folder / "templates" / "greet.yml").write_text(TEMPLATE, encoding="utf-8")
    (folder / "name.txt").write_text("another repository", encoding="utf-8")
    commit_all(folder)
    return folder


def run(commands: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(commands / words[0]), *words[1:]]
    env = environment(commands, folder.parent / "home")
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=2 * SECONDS, check=False
    )


def test_pipelines_of_any_repository_are_checked(pipelines: Path, foreign: Path) -> None:
    good = run(pipelines, foreign, "azure-pipelines-local", "check", "azure-pipelines.yml")
    assert good.returncode == 0, good.stdout + good.stderr
    (foreign / "templates" / "greet.yml").write_text(TEMPLATE.replace("displayName", "displayNme"), encoding="utf-8")
    bad = run(pipelines, foreign, "azure-pipelines-local", "check", "azure-pipelines.yml")
    assert bad.returncode == 1
    assert re.search(r"^templates/greet\.yml:8:5: .*displayNme", bad.stdout, re.MULTILINE), bad.stdout


def test_pipelines_of_any_repository_are_expanded(pipelines: Path, foreign: Path) -> None:
    given = ("azure-pipelines.yml", "--parameter", "greeting=good evening")
    expanded = run(pipelines, foreign, "azure-pipelines-local", "expand", *given)
    assert expanded.returncode == 0, expanded.stderr
    assert 'test "good evening of $(cat name.txt)"' in expanded.stdout
    assert "template" not in expanded.stdout


def test_pipelines_of_any_repository_are_run(pipelines: Path, foreign: Path) -> None:
    done = run(pipelines, foreign, "azure-pipelines-local", "run", "azure-pipelines.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^ +Greet +Succeeded ", done.stdout, re.MULTILINE), done.stdout
    (foreign / "name.txt").write_text("nobody", encoding="utf-8")
    commit_all(foreign)
    assert run(pipelines, foreign, "azure-pipelines-local", "run", "azure-pipelines.yml").returncode == 1


def test_an_offline_workspace_is_served_until_it_is_asked_to_end(offline: Path, tmp_path: Path) -> None:
    command = [str(offline / "azureml-offline"), "serve"]
    env = environment(offline, tmp_path / "home")
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as process:
        limit = threading.Timer(SECONDS, process.kill)
        limit.start()
        assert process.stdout
        printed = process.stdout.readline()
        found = re.fullmatch(r"export HTTPS_PROXY='?http://127\.0\.0\.1:(\d+)'?\n", printed)
        assert found, printed
        socket.create_connection(("127.0.0.1", int(found[1])), timeout=5).close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)
        limit.cancel()
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(found[1])), timeout=5)


def test_the_fixture_of_an_offline_workspace_is_there_for_any_tests(offline: Path, tmp_path: Path) -> None:
    (tmp_path / "test_foreign.py").write_text(TEST, encoding="utf-8")
    done = run(offline, tmp_path, "python", "-m", "pytest", "-q", "test_foreign.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
