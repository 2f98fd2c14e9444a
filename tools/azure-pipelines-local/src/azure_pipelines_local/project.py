"""What the tool is given about a project: one value, of which all but the folder fits any repository."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

UNKNOWN = "0"  # what a judge of commands sees in place of a variable known only at run time; text and number alike
Judge = Callable[[str], str | None]


@dataclass(frozen=True)
class Workspace:
    """An offline Azure ML workspace at work, and the identity that a service connection has in it."""

    subscription: str
    resource_group: str
    name: str
    tenant: str
    client: str
    token: str
    environment: Mapping[str, str]  # of every process that shall reach it: proxies and certificates, no secrets


class Workspaces(Protocol):
    """Offline workspaces for the service connections of a run."""

    def named(self, script: str, sources: Path) -> Hashable:
        """Tell which workspace the script of a step means, in a clone at `sources`; None where nothing names one."""

    def start(self, named: Hashable) -> AbstractContextManager[Workspace]:
        """Start the workspace for as long as the block lasts; with None one of any name."""


@dataclass(frozen=True)
class Project:
    """A repository with pipelines.

    `judge` gets one command of a script, up to the first sign of the shell and with variables replaced, and returns
    what is wrong with it: the rule `script-command`. `workspaces` are what service connections lead to; without them,
    steps that need one are refused before a run starts, for the reason `no_workspaces`.
    """

    root: Path
    outputs: Path = Path(".azure-pipelines-local")  # for runs, below the root
    judge: Judge | None = None
    workspaces: Workspaces | None = None
    no_workspaces: str = "a run on this machine has no offline workspace to lead it to"
    environments: Sequence[Path] = ()  # Python environments that may have the linters, beside that which runs
    linters_remedy: str = 'pip install "azure-pipelines-local[linters]", then azure-pipelines-local install-linters'
