"""Find the project in Azure DevOps: the one named by --project, else the one a git remote points to."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.git import ask

# Addresses of a repository in Azure Repos: today's, and those from before 2018, which still work.
USER = r"(?:[^@/]+@)?"
PART = r"(?:_(?:optimized|full)/)?"  # views of a large repository; they name the same one
OVER_HTTPS = rf"(?:/(?P<project>[^/]+))?/_git/{PART}(?P<repository>[^/]+)"  # without a project: the repository's name
OVER_SSH = rf"(?P<organisation>[^/]+)/(?P<project>[^/]+)/{PART}(?P<repository>[^/]+)"
REMOTES = (
    rf"https://{USER}dev\.azure\.com/(?P<organisation>[^/]+){OVER_HTTPS}",
    rf"https://{USER}(?P<organisation>[^./]+)\.visualstudio\.com(?:/DefaultCollection)?{OVER_HTTPS}",
    rf"(?:ssh://)?[^@/]+@(?:ssh\.dev\.azure|vs-ssh\.visualstudio)\.com(?::22)?[:/]v3/{OVER_SSH}",
)


@dataclass(frozen=True)
class Project:
    """A project in an organisation; `repository` is this clone's in it, "" if that is hosted elsewhere."""

    organisation: str
    name: str
    repository: str
    source: str

    def __str__(self) -> str:
        """Return which project, and where its name comes from."""
        return f"{self.organisation}/{self.name} (from {self.source})"

    @property
    def address(self) -> str:
        """Return the address of its pages; that of its API is `_apis` below."""
        return f"https://dev.azure.com/{quote(self.organisation)}/{quote(self.name)}"


def find_project(named: str | None, folder: Path = ROOT) -> Project:
    """Return the project `named` "organisation/project", else that of the first remote in Azure Repos.

    Raises:
        OperationError: nothing names a project.
    """
    found = [project for project in map(project_of, remotes(folder)) if project]
    if named:
        organisation, slash, name = named.strip("/").partition("/")
        if not (organisation and slash and name) or "/" in name:
            raise OperationError(f"--project must be ORGANISATION/PROJECT, not {named}.")
        # The named project may hold this clone's repository too; only then do other pipelines in it not count.
        same = [one for one in found if (one.organisation, one.name) == (organisation, name)]
        return Project(organisation, name, same[0].repository if same else "", "--project")
    if found:
        return found[0]
    raise OperationError(
        "No git remote of this clone is in Azure Repos. Name the project: invoke doctor --ado --project "
        "ORGANISATION/PROJECT"
    )


def remotes(folder: Path) -> list[tuple[str, str]]:
    """Return name and address of each git remote; raises OperationError if git is missing, or refuses to read it."""
    try:
        ask(folder, "rev-parse", "--git-dir")  # raises if git refuses to read the repository: `config` would be silent
        listed = ask(folder, "config", "--get-regexp", r"^remote\..*\.url$")
    except FileNotFoundError as error:
        raise OperationError("git is not installed. Install it from your system's packages.") from error
    except subprocess.CalledProcessError:  # no repository, or no remote
        return []
    pairs = [line.split(" ", 1) for line in listed.splitlines()]
    return [(key.removeprefix("remote.").removesuffix(".url"), address) for key, address in pairs]


def project_of(remote: tuple[str, str]) -> Project | None:
    """Return the project that a remote points to; None if it is not in Azure Repos."""
    name, address = remote
    bare = address.partition("?")[0].strip().rstrip("/")  # copied from a browser, a branch follows "?"
    for form in REMOTES:
        if found := re.fullmatch(form, bare, re.IGNORECASE):
            organisation, repository = unquote(found["organisation"]), unquote(found["repository"])
            project = unquote(found["project"]) if found["project"] else repository
            return Project(organisation, project, repository, f"the git remote {name}")
    return None
