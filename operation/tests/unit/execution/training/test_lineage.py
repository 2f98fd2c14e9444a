"""The lineage of a model is complete, and says so where something cannot be known."""

import hashlib
import platform
import subprocess
from pathlib import Path

import pytest

from operation.execution.training import lineage
from operation.tests.parcels import load


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    words = ["git", *identity, *arguments]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lineage, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_a_clean_tree_is_its_commit_and_a_changed_one_is_dirty(root: Path) -> None:
    git(root, "init", "--quiet")
    (root / "a").write_text("1")
    git(root, "add", "a")
    git(root, "commit", "--quiet", "-m", "a")
    found = lineage.collect(load(), "data")
    assert (found["git_commit"], found["git_dirty"]) == (git(root, "rev-parse", "HEAD"), "false")
    (root / "a").write_text("2")
    assert lineage.collect(load(), "data")["git_dirty"] == "true"


def test_a_run_has_the_tags_by_which_people_tell_runs_apart() -> None:
    configuration = load()
    assert lineage.label_run(configuration, "sweep") == {
        "kind": "sweep",
        "use_case": "parcels",
        "data_source": configuration.data.source,
    }


def test_without_a_repository_the_commit_is_unknown(root: Path) -> None:
    assert lineage.collect(load(), "data")["git_commit"] == "unknown"


def test_without_git_the_commit_is_unknown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    assert lineage.collect(load(), "data")["git_dirty"] == "unknown"


def test_the_commit_is_that_of_this_repository_whatever_a_hook_says(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    for place in (root, other):
        git(place, "init", "--quiet")
        git(place, "commit", "--quiet", "--allow-empty", "-m", place.name)
    commit = git(root, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert lineage.collect(load(), "data")["git_commit"] == commit


def test_data_configuration_lock_and_seed_are_in_the_lineage() -> None:
    configuration = load(settings=["seed=7"])
    found = lineage.collect(configuration, "abc")
    assert (found["data_sha256"], found["seed"], found["python"]) == ("abc", "7", platform.python_version())
    assert found["configuration_sha256"] == configuration.sha256()
    assert found["lock_sha256"] == hashlib.sha256(lineage.LOCK.read_bytes()).hexdigest()
