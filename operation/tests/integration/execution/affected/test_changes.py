"""What counts as changed since a branch left another, and clones in which nobody can know."""

import re
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.affected.changes import find_changes
from operation.tests.clones import IDENTITY, git


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, *IDENTITY, "commit", "--quiet", "--message", "Change it")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone on a branch of its own that has changed `a`, while main has changed `b`."""
    folder = tmp_path / "here"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, a="1", b="1", c="1")
    git(folder, "checkout", "--quiet", "-b", "mine")
    commit(folder, a="2")
    git(folder, "checkout", "--quiet", "main")
    commit(folder, b="2")
    git(folder, "checkout", "--quiet", "mine")
    return folder


def test_what_this_branch_has_committed_counts_and_what_the_other_has_does_not(clone: Path) -> None:
    found = find_changes(clone, "main")
    assert (found.files, found.uncommitted) == ({"a": "modified"}, frozenset())
    assert found.tree == {"a", "b", "c"}


def test_what_is_in_no_commit_counts_and_is_known_to_be_in_none(clone: Path) -> None:
    (clone / "b").write_text("3", encoding="utf-8")
    (clone / "c").write_text("3", encoding="utf-8")
    git(clone, "add", "c")
    (clone / "new file").write_text("", encoding="utf-8")
    found = find_changes(clone, "main")
    assert found.files == {"a": "modified", "b": "modified", "c": "modified", "new file": "added"}
    assert found.uncommitted == {"b", "c", "new file"}


def test_a_renamed_file_is_one_that_is_gone_and_a_new_one(clone: Path) -> None:
    git(clone, "mv", "c", "d")
    assert find_changes(clone, "main").files == {"a": "modified", "c": "deleted", "d": "added"}
    assert {"c", "d"} <= find_changes(clone, "main").tree


def test_what_git_ignores_does_not_count(clone: Path) -> None:
    (clone / ".git" / "info" / "exclude").write_text("outputs\n", encoding="utf-8")
    (clone / "outputs").write_text("", encoding="utf-8")
    assert find_changes(clone, "main").files == {"a": "modified"}


def test_names_of_any_letters_are_themselves(clone: Path) -> None:
    commit(clone, **{'für "Sie"': "1"})
    assert 'für "Sie"' in find_changes(clone, "main").files


def test_a_base_that_only_the_remote_has_is_found_there(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--branch", "mine", str(clone), "copy")
    assert find_changes(tmp_path / "copy", "main").files == {"a": "modified"}


@pytest.mark.parametrize("base", ["nowhere", "-x", "no such branch", "main:a"])
def test_a_base_that_is_not_here_is_named_with_those_that_are(base: str, clone: Path) -> None:
    with pytest.raises(OperationError, match=rf"no branch, tag or commit '{re.escape(base)}' here.*main, mine"):
        find_changes(clone, base)


def test_a_shallow_clone_is_refused_with_the_command_that_completes_it(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--no-single-branch", clone.as_uri(), "copy")
    with pytest.raises(OperationError, match=r"This clone is shallow.*git fetch --unshallow"):
        find_changes(tmp_path / "copy", "origin/main")


def test_a_base_that_shares_no_commit_is_refused(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "--orphan", "other")
    commit(clone, a="9")
    git(clone, "checkout", "--quiet", "mine")
    with pytest.raises(OperationError, match="'other' shares no commit with this branch"):
        find_changes(clone, "other")


def test_without_a_repository_every_session_is_advised(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"is not a clone that git can read.* run every session: nox"):
        find_changes(tmp_path, "main")


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(OperationError, match="has no commit yet"):
        find_changes(tmp_path, "main")


def test_without_git_every_session_is_advised(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OperationError, match="is not a clone that git can read"):
        find_changes(clone, "main")
