"""What git refuses to read is said in git's own words, and is not taken for a folder without a repository."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from operation import git
from operation.errors import OperationError
from operation.execution.deployment import audit
from operation.execution.doctor import machine
from operation.execution.doctor.azure_devops.project import remotes
from operation.execution.training import lineage
from operation.tests.parcels import load

ASKING: dict[str, Callable[[Path], object]] = {
    "lineage": lambda _: lineage.collect(load(), "data"),
    "doctor": lambda _: machine.find_git(),
    "hooks": lambda _: machine.find_hooks(),
    "project": remotes,
    "audit": lambda _: audit.require_commit(),
}


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a remote, in the place of this one."""
    for command in (["git", "init", "--quiet"], ["git", "remote", "add", "origin", "https://example.org/ours"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    for module in (audit, lineage, machine):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ASKING)
def test_the_clone_of_another_user_is_named_with_the_remedy_of_git(
    name: str, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # which git itself obeys
    with pytest.raises(OperationError, match=rf"ownership.* git config --global --add safe\.directory {clone}$"):
        ASKING[name](clone)


def test_a_damaged_repository_is_named_in_the_words_of_git(clone: Path) -> None:
    (clone / ".git" / "config").write_text("[core]\nrepositoryformatversion = 99\n", encoding="utf-8")
    with pytest.raises(OperationError, match=rf"git refuses to read the repository in {clone}: Expected git repo"):
        git.ask(clone, "rev-parse", "HEAD")


def test_a_repository_without_a_commit_is_no_refusal(clone: Path) -> None:
    assert lineage.collect(load(), "data")["git_commit"] == "unknown"
