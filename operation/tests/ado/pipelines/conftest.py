"""The project's own pipelines, really run by `invoke ado --run` in clones of which something is changed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operation.tests.clones import IDENTITY, commit_all, copy_work_tree, git
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import copy_repository

Clone = Callable[[str], Path]
PARCELS = "configuration/use_cases/parcels.yaml"


@pytest.fixture(scope="session")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Makes a clone of this work tree, on the branch main."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        copy_work_tree(repository, folder)
        commit_all(folder)
        git(folder, "branch", "--move", "--force", "main")
        return folder

    return make


@pytest.fixture(scope="session")
def sampled(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Likewise, with parcels for the only use case, and few trees."""

    def make(name: str) -> Path:
        folder = copy_repository(tmp_path_factory.mktemp(name) / "repository")
        git(folder, "branch", "--move", "--force", "main")
        change(folder, PARCELS, r"  source: .*", f"  source: {sample}")
        change(folder, PARCELS, r"  trees: \d+", "  trees: 30")
        return folder

    return make


def change(folder: Path, file: str, pattern: str, new: str) -> None:
    """Replace the one place in the file that matches, and commit."""
    text, count = re.subn(pattern, lambda _: new, (folder / file).read_text(encoding="utf-8"))
    assert count == 1, f"{pattern} is in {file} {count} times"
    (folder / file).write_text(text, encoding="utf-8")
    commit(folder)


def commit(folder: Path) -> None:
    """Commit everything, whatever a hook would say."""
    git(folder, "add", "--all")
    git(folder, *IDENTITY, "commit", "--quiet", "--no-verify", "--message", "Change it")


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What `invoke ado --run` shows, as a user would start it; unmeasured, for a clone has files that are not here."""
    words = [sys.executable, "-m", "invoke", "ado", "--run", *options]
    return subprocess.run(words, cwd=folder, env=unmeasured(), capture_output=True, text=True, check=False)


def results(shown: str) -> dict[str, str]:
    """The result of each step, by its name, and of each skipped stage."""
    step = re.compile(r"^    (\S.*?) +(Succeeded|Failed|Skipped|SucceededWithIssues|Canceled) +\d+\.\d s", re.MULTILINE)
    return dict(step.findall(shown))
