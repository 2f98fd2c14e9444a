"""The tools that judge pipelines, started once for all tests, and pipelines to change."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure_pipelines_local.check import FOLDER, Judges
from azure_pipelines_local.command import judges as started


@pytest.fixture(scope="session")
def judges(repository: Path) -> Iterator[Judges]:
    with started(repository) as found:
        yield found


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A folder with the pipelines of this project, and all else where it is."""
    shutil.copytree(repository / FOLDER, tmp_path / FOLDER)
    for each in repository.iterdir():
        if each.name != FOLDER:
            (tmp_path / each.name).symlink_to(each)
    return tmp_path
