"""Which project in Azure DevOps: the one that a remote of the clone lies in, or the one that is named."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.git import environment

# How git names a repository in Azure Repos: today's addresses, and those of before 2018 that still serve.
USER = r"(?:[^@/]+@)?"
PART = r"(?:_(?:optimized|full)/)?"  # of a large repository: all of it, or what is new
OVER_HTTPS = rf"(?:/(?P<project>[^/]+))?/_git/{PART}(?P<repository>[^/]+)"  # without a project, it has the same name
OVER_SSH = rf"(?P<organisation>[^/]+)/(?P<project>[^/]+)/{PART}(?P<repository>[^/]+)"
REMOTES = (
    rf"https://{USER}dev\.azure\.com/(?P<organisation>[^/]+){OVER_HTTPS}",
    rf"https://{USER}(?P<organisation>[^./]+)\.visualstudio\.com(?:/DefaultCollection)?{OVER_HTTPS}",
    rf"(?:ssh://)?[^@/]+@(?:ssh\.dev\.azure|vs-ssh\.visualstudio)\.com(?::22)?[:/]v3/{OVER_SSH}",
)


@dataclass(frozen=True)
class Project:
    """A project of an organisation; `repository` is the clone's in it, "" if it lies elsewhere."""

    organisation: str
    name: str
    repository: str
    source: str

    def __str__(self) -> str:
        """For people: which one, and who says so."""
        return f"{self.organisation}/{self.name} (from {self.source})"

    @property
    def address(self) -> str:
        """Of its pages; `_apis` follows for requests."""
        return f"https://dev.azure.com/{quote(self.organisation)}/{quote(self.name)}"


def find_project(named: str | None, folder: Path = ROOT) -> Project:
    """The project that is `named` ("organisation/project"), else that of the first remote which lies in one.

    Raises:
        OperationError: nothing names a project.
    """
    found = [project for project in map(of_remote, remotes(folder)) if project]
    if named:
        organisation, slash, name = named.strip("/").partition("/")
        if not (organisation and slash and name) or "/" in name:
            raise OperationError(f"--project {named}: write it as ORGANISATION/PROJECT.")
        same = [one for one in found if (one.organisation, one.name) == (organisation, name)]
        return Project(organisation, name, same[0].repository if same else "", "--project")
    if found:
        return found[0]
    raise OperationError(
        "No remote of this clone lies in Azure Repos: name the project, invoke doctor --ado --project "
        "ORGANISATION/PROJECT."
    )


def remotes(folder: Path) -> list[tuple[str, str]]:
    """Name and address of each remote."""
    command = ["git", "config", "--get-regexp", r"^remote\..*\.url$"]
    try:
        listed = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
        ).stdout
    except FileNotFoundError as error:
        raise OperationError("git is not installed. Install it from your system's packages.") from error
    pairs = [line.split(" ", 1) for line in listed.splitlines()]
    return [(key.removeprefix("remote.").removesuffix(".url"), address) for key, address in pairs]


def of_remote(remote: tuple[str, str]) -> Project | None:
    """The project that a remote lies in, if it is one of Azure Repos."""
    name, address = remote
    bare = address.partition("?")[0].strip().rstrip("/")  # a browser's address names a branch behind the question mark
    for form in REMOTES:
        if found := re.fullmatch(form, bare, re.IGNORECASE):
            organisation, repository = unquote(found["organisation"]), unquote(found["repository"])
            project = unquote(found["project"]) if found["project"] else repository
            return Project(organisation, project, repository, f"the git remote {name}")
    return None
