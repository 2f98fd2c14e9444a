"""Projects as tests hand them over, with workspaces that nothing serves, and all rules at their strictest."""

import re
import shlex
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from azure_pipelines_local.project import UNKNOWN, Project, Workspace
from azure_pipelines_local.rules.table import FIXED, RULES

RUNS = Path("outputs", "ado")
FOLDER = "azure-pipelines"
SESSIONS = ("lint", "types", "unit", UNKNOWN)


class Workspaces:
    """Names a workspace as `--environment NAME` does, and starts none: what is signed in there finds nobody."""

    def named(self, script: str, _sources: Path) -> Hashable:
        found = re.search(r"--environment (\w+)", script)
        return found[1] if found else None

    def start(self, named: Hashable) -> AbstractContextManager[Workspace]:
        return _started("offline-1" if named is None else str(named))


@contextmanager
def _started(name: str) -> Iterator[Workspace]:
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    yield Workspace("subscription", "group", name, "tenant", "client", "a-token-of-nobody", proxy)


def project_at(root: Path) -> Project:
    """The repository, whose runs lie where git ignores them."""
    return Project(root, outputs=RUNS, workspaces=Workspaces())


def strict_project(root: Path, **levels: str) -> Project:
    """A repository with a judge of commands, in which every rule is an error, but for those of `levels`."""
    (root / FOLDER).mkdir(exist_ok=True)
    named = {name.replace("_", "-"): level for name, level in levels.items()}
    lines = [f"{rule.name}: {named.get(rule.name, 'error')}\n" for rule in RULES if rule.name not in FIXED]
    (root / FOLDER / ".rules.yaml").write_text("".join(lines), encoding="utf-8")
    return Project(root, judge=judge)


def judge(command: str) -> str | None:
    """Know `invoke` with anything, and the sessions of nox."""
    words = shlex.split(command)
    if words[0] == "invoke":
        return None
    if words[:2] != ["nox", "-s"]:
        return "a script line is `invoke …` or `nox …`."
    unknown = [word for word in words[2 : words.index("--") if "--" in words else None] if word not in SESSIONS]
    return f"nox has no session {unknown[0]!r}." if unknown else None
