"""Which project is asked."""

import subprocess
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.doctor.azure_devops.project import find_project


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    command = ["git", *arguments]
    subprocess.run(command, cwd=folder, check=True)


def with_remote(clone: Path, name: str, address: str) -> Path:
    git(clone, "remote", "add", name, address)
    return clone


@pytest.mark.parametrize(
    "address",
    [
        "https://dev.azure.com/fabrikam/Parcel%20delays/_git/parcels",
        "https://fabrikam@dev.azure.com/fabrikam/Parcel%20delays/_git/parcels/",
        "git@ssh.dev.azure.com:v3/fabrikam/Parcel%20delays/parcels",
        "ssh://git@ssh.dev.azure.com/v3/fabrikam/Parcel%20delays/parcels",
        "https://fabrikam.visualstudio.com/Parcel%20delays/_git/parcels",
        "https://fabrikam.visualstudio.com/DefaultCollection/Parcel%20delays/_git/parcels",
        "fabrikam@vs-ssh.visualstudio.com:v3/fabrikam/Parcel%20delays/parcels",
        "ssh://fabrikam@vs-ssh.visualstudio.com/v3/fabrikam/Parcel%20delays/parcels",
        "https://Dev.Azure.COM/fabrikam/Parcel%20delays/_git/parcels",
        "https://dev.azure.com/fabrikam/Parcel%20delays/_git/_optimized/parcels",
        "https://dev.azure.com/fabrikam/Parcel%20delays/_git/_full/parcels",
        "git@ssh.dev.azure.com:v3/fabrikam/Parcel%20delays/_full/parcels",
        "https://dev.azure.com/fabrikam/Parcel%20delays/_git/parcels?version=GBmain",
    ],
)
def test_a_remote_in_azure_repos_names_it(address: str, clone: Path) -> None:
    with_remote(with_remote(clone, "github", "https://github.com/fabrikam/parcels.git"), "origin", address)
    project = find_project(None, clone)
    assert (project.organisation, project.name, project.repository) == ("fabrikam", "Parcel delays", "parcels")
    assert str(project) == "fabrikam/Parcel delays (from the git remote origin)"
    assert project.address == "https://dev.azure.com/fabrikam/Parcel%20delays"


@pytest.mark.parametrize(
    "address",
    [
        "https://dev.azure.com/fabrikam/_git/parcels",
        "https://fabrikam.visualstudio.com/_git/parcels",
        "https://fabrikam.visualstudio.com/DefaultCollection/_git/parcels",
    ],
)
def test_a_remote_without_a_project_is_in_the_one_of_its_name(address: str, clone: Path) -> None:
    project = find_project(None, with_remote(clone, "origin", address))
    assert (project.organisation, project.name, project.repository) == ("fabrikam", "parcels", "parcels")


def test_the_option_comes_before_the_remote(clone: Path) -> None:
    with_remote(clone, "origin", "https://dev.azure.com/fabrikam/parcels/_git/parcels")
    assert str(find_project("contoso/models", clone)) == "contoso/models (from --project)"
    assert find_project("contoso/models", clone).repository == ""
    assert find_project("fabrikam/parcels", clone).repository == "parcels"


@pytest.mark.parametrize("named", ["fabrikam", "fabrikam/", "/parcels", "https://dev.azure.com/fabrikam/parcels"])
def test_a_malformed_option_is_refused(named: str, clone: Path) -> None:
    with pytest.raises(OperationError, match="must be ORGANISATION/PROJECT, not "):
        find_project(named, clone)


def test_for_a_clone_from_elsewhere_the_message_names_the_option(clone: Path) -> None:
    with_remote(clone, "origin", "https://github.com/fabrikam/parcels.git")
    with pytest.raises(OperationError, match=r"invoke doctor --ado --project ORGANISATION/PROJECT"):
        find_project(None, clone)
