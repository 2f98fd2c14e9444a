"""What is said of a tool that cannot be imported."""

from importlib import import_module
from pathlib import Path

import pytest

from operation.bootstrap import find_tools
from operation.errors import OperationError
from operation.tools import TOOLS, is_installed, missing, required


@pytest.fixture
def leftover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A tool of which git has left the folders of bytecode, installed editable; gives its name."""
    (tmp_path / "left_over" / "__pycache__").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    return "left-over"


def test_every_tool_of_this_clone_is_known(repository: Path) -> None:
    assert {tool.name for tool in find_tools(repository)} <= set(TOOLS)


def test_a_tool_that_was_never_there_is_named_with_the_remedy() -> None:
    message = "This needs tools/no-such-tool, which this clone does not have: restore"
    with pytest.raises(OperationError, match=message), required("no-such-tool"):
        import_module("no_such_tool")


def test_the_bytecode_that_git_leaves_of_a_tool_is_no_tool(leftover: str) -> None:
    assert not is_installed(leftover)
    with pytest.raises(OperationError, match="tools/left-over"), required(leftover):
        from left_over import anything  # type: ignore[import-not-found]  # noqa: F401


def test_a_package_that_a_tool_needs_and_has_not_is_a_bug_with_its_traceback() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"), required("packaging"):  # a tool that is there
        import_module("no_such_package")


def test_a_folder_that_is_not_installed_is_said_how_to_install(tmp_path: Path) -> None:
    (tmp_path / "tools" / "gx-duckdb").mkdir(parents=True)
    assert "restore" in missing("gx-duckdb", tmp_path)
    (tmp_path / "tools" / "gx-duckdb" / "pyproject.toml").touch()
    assert "python -m pip install --editable tools/gx-duckdb" in missing("gx-duckdb", tmp_path)
    assert "python tasks.py setup" in missing("gx-duckdb", tmp_path)
