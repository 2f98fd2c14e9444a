"""Whatever repository the caller's environment names, ours is asked."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.execution.doctor import machine
from operation.execution.doctor.azure_devops.project import remotes
from operation.execution.training import lineage
from operation.housekeeping.hooks import hook_path
from operation.tests.parcels import load

ASKED: dict[str, Callable[[Path], object]] = {
    "lineage": lambda _: lineage.collect(load(), "data")["git_commit"],
    "doctor": lambda _: machine.find_git(),
    "hooks": lambda root: hook_path(root),
    "project": remotes,
}


@pytest.mark.parametrize("name", ASKED)
def test_another_repository_that_the_environment_names_is_not_asked(
    name: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (["git", "init", "--quiet"], ["git", "remote", "add", "other", "https://example.org/other"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    before = ASKED[name](repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert ASKED[name](repository) == before
