"""`invoke notebook`: what it refuses before it makes an environment, and what it hands to JupyterLab."""

import errno
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from operation.bootstrap import find_tools
from operation.errors import OperationError
from operation.execution import notebook, own_environments
from operation.tests.parcels import load


def refuse(*_: Any) -> None:
    raise AssertionError("an environment was made before the port was looked at")


def test_a_port_that_is_taken_is_one_line_with_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take(address: tuple[str, int]) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(own_environments, "prepare", refuse)
    monkeypatch.setattr(socket, "create_server", take)
    with pytest.raises(OperationError) as raised:
        notebook.serve(load(settings=[f"backend.outputs={tmp_path}"]), [], 8888, browser=False)
    line = "Nothing can listen on 127.0.0.1 port 8888: Address already in use. Choose another: invoke notebook --port N"
    assert str(raised.value) == line


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_cannot_be_is_refused_by_name(port: int) -> None:
    with pytest.raises(OperationError, match=f"^--port must be from 1 to 65535, not {port}.$"):
        notebook.require_port(load(), port)


def test_notebooks_open_what_the_command_was_asked_for() -> None:
    settings = ["training.trees=3"]
    asked = json.loads(notebook.chosen(load(settings=settings), settings))
    assert asked == {"environment": "local", "use_case": "parcels", "settings": settings}


@pytest.mark.parametrize(("browser", "there"), [(True, False), (False, True)])
def test_jupyterlab_listens_here_alone_on_that_port_and_opens_a_browser_if_wanted(browser: bool, there: bool) -> None:
    words = notebook.options(8899, browser)
    assert {"--ServerApp.ip=127.0.0.1", "--ServerApp.port=8899", "--ServerApp.port_retries=0"} <= {*words}
    assert ("--no-browser" in words) == there


def test_its_environment_holds_the_lock_and_the_tools_of_this_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    made: list[tuple[own_environments.OwnEnvironment, Path]] = []
    monkeypatch.setattr(own_environments, "prepare", lambda *given: made.append(given))
    notebook.prepare_environment(tmp_path)
    ((environment, folder),) = made
    assert folder == tmp_path / "notebook"
    assert environment.installs[0] == ["sync", "--require-hashes", str(repository / "requirements-notebook.lock")]
    assert [word for word in environment.installs[1] if word.startswith("/")] == [
        str(tool) for tool in find_tools(repository)
    ]


def test_another_lock_is_another_environment_and_the_same_one_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def stand_in(environment: own_environments.OwnEnvironment, *words: str) -> None:
        asked.append(words[0])
        if words[0] == "venv":
            Path(words[-1]).mkdir(parents=True)

    monkeypatch.setattr(own_environments, "_uv", stand_in)

    def python_of(content: str) -> Path:
        made = own_environments.OwnEnvironment("tests", [content], [["sync", content]], "once", "Try again.")
        return own_environments.prepare(made, tmp_path)

    assert python_of("a lock") == python_of("a lock") != python_of("another")
    assert asked == ["venv", "pip"] * 2
    assert capsys.readouterr().out.count("once") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such user")
def test_as_root_in_a_container_jupyterlab_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--allow-root" in notebook.options(8888, browser=True)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--allow-root" not in notebook.options(8888, browser=True)


def test_its_python_sees_no_package_of_ours() -> None:
    kept = notebook.without_ours({"PYTHONPATH": "x", "VIRTUAL_ENV": "y", "PATH": "z"})
    assert kept == {"PATH": "z"}
