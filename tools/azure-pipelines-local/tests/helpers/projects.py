"""Projects as tests hand them over, with workspaces that nothing serves."""

import re
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from azure_pipelines_local.project import Project, Workspace

RUNS = Path("outputs", "ado")


class Workspaces:
    """Names a workspace as `--environment NAME` does, and starts none: what is signed in there finds nobody."""

    def named(self, script: str, _sources: Path) -> Hashable:
        found = re.search(r"--environment (\w+)", script)
        return found[1] if found else None

    def start(self, named: Hashable) -> AbstractContextManager[Workspace]:
        return _started(str(named or "offline-1"))


@contextmanager
def _started(name: str) -> Iterator[Workspace]:
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    yield Workspace("subscription", "group", name, "tenant", "client", "a-token-of-nobody", proxy)


def project_at(root: Path) -> Project:
    """The repository, whose runs lie where git ignores them."""
    return Project(root, outputs=RUNS, workspaces=Workspaces())
