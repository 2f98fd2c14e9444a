"""What the verb and the backend say before there is a workspace."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.emulator.emulator import serve
from operation.tests.parcels import load

COMMANDS: dict[str, Callable[[], object]] = {
    "emulator": lambda: serve(0, None, False, False, ()),
    "train": lambda: connect(load("emulator")),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_without_the_tool_a_command_that_needs_it_says_so(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azureml_offline", None)
    with pytest.raises(OperationError, match=r"needs azureml-offline, which is not installed"):
        COMMANDS[command]()


def test_without_the_tool_other_backends_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "azureml_offline", None)
    for environment in ("local", "dev"):
        connect(load(environment, [f"backend.outputs={tmp_path}"]))


def test_what_the_tool_refuses_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperationError, match=f"Cannot write to the folder {tmp_path}/file: File exists"):
        serve(0, str(tmp_path / "file"), False, False, ())


def test_a_curated_environment_is_named_with_its_file() -> None:
    with pytest.raises(OperationError, match=r"^--curated must be NAME=FILE\.yml, not 'AzureML-Minimal'\.$"):
        serve(0, None, False, False, ["AzureML-Minimal"])
