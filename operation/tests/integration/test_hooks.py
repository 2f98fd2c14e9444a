"""A plain `git commit`, with no environment activated, runs the hooks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.housekeeping.hooks import install_hooks

COPIED = (".pre-commit-config.yaml", "operation/housekeeping/secret_detectors.py", "pyproject.toml")
IDENTITY = ("-c", "user.name=A developer", "-c", "user.email=developer@example.org")
FAULTS = {
    "ruff check": ("gate.py", '"""The gate."""\n\nimport os\n'),
    "ruff format": ("floor.py", '"""The floor."""\n\nFLOOR=0.6\n'),
    "YAML can be read": ("gate.yaml", "floor: [0.6\n"),
    "JSON can be read": ("gate.json", '{"floor": 0.6,}\n'),
    "TOML can be read": ("gate.toml", "floor: 0.6\n"),
    "files end with one newline": ("gate.txt", "no newline"),
    "no white space at the end of lines": ("floor.txt", "floor \n"),
    "no file above 1 MB": ("model.bin", "\0" * 1_100_000),
    "notebooks hold no output": (
        "look.ipynb",
        json.dumps(
            {
                "cells": [
                    {"cell_type": "code", "execution_count": 7, "id": "a", "metadata": {}, "outputs": [], "source": []}
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
        ),
    ),
    "no secrets": ("key.txt", "AccountKey=" + "Ab1" * 28 + "Ab==\n"),
}


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git where none of the tools of this test's environment is on PATH."""
    tools = str(Path(sys.executable).parent)
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != tools)
    environment = os.environ | {"PATH": path, "PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit")}
    command = ["git", *IDENTITY, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small repository with our hooks installed; its .venv is this test's environment."""
    folder = tmp_path_factory.mktemp("clone")
    for name in COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (folder / ".gitignore").write_text(".venv\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    install_hooks(folder)
    return folder


def test_clean_work_is_committed(clone: Path) -> None:
    result = git(clone, "commit", "--message", "Start")
    assert result.returncode == 0, result.stdout + result.stderr
    assert git(clone, "rev-parse", "--verify", "HEAD").returncode == 0


def test_each_fault_stops_the_commit_and_its_hook_says_so(clone: Path) -> None:
    for name, text in FAULTS.values():
        (clone / name).write_text(text, encoding="utf-8")
    git(clone, "add", ".")
    result = git(clone, "commit", "--message", "Add faults")
    lines = [line for line in result.stderr.splitlines() if line.endswith("Failed")]
    assert result.returncode == 1
    assert {line.partition("..")[0] for line in lines} == set(FAULTS)


def test_a_folder_without_git_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="git hooks could not be installed"):
        install_hooks(tmp_path)
