"""The linters that judge pipelines, started once for all tests, and pipelines to change."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure_pipelines_local import Project, Report, check, start_linters
from invoke.collection import Collection

import tasks
from operation.execution.pipelines.ado import project_at

FOLDER = "azure-pipelines"
Check = Callable[[Path], Report]


def project(root: Path) -> Project:
    """What `invoke ado` hands over in the folder."""
    return project_at(root, Collection.from_module(tasks))


@pytest.fixture(scope="session")
def checked(repository: Path) -> Iterator[Check]:
    """Checks the pipelines of a folder as `invoke ado --check` does."""
    with start_linters(project(repository), "required") as linters:
        yield lambda root: check(project(root), linters=linters)


@pytest.fixture
def copied(repository: Path, tmp_path: Path) -> Path:
    """A folder with the pipelines of this project, and all else where it is."""
    shutil.copytree(repository / FOLDER, tmp_path / FOLDER)
    for each in repository.iterdir():
        if each.name != FOLDER:
            (tmp_path / each.name).symlink_to(each)
    return tmp_path
