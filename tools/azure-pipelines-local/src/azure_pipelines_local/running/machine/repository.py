"""The repository of a pipeline, as git knows it."""

from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.git import git

DETACHED = "detached"
NOWHERE = (
    "nowhere, since a run on this machine pushes nothing"  # git repeats it when it says that this is no repository
)


@dataclass(frozen=True)
class Repository:
    """The clone at `root`, of which jobs get what is committed."""

    root: Path
    commit: str
    branch: str  # "detached" where there is none
    message: str  # of the commit
    author: str
    uncommitted: int  # files of the work tree that differ from the commit

    @property
    def ref(self) -> str:
        """The branch in full, as `Build.SourceBranch` has it."""
        return f"refs/heads/{self.branch}"

    def has(self, path: str) -> bool:
        """Whether a file of this path is committed."""
        return " blob " in git(self.root, "ls-tree", self.commit, path)

    def clone(self, folder: Path, *, tags: bool) -> None:
        """Clone what is committed into the folder; the objects are shared with this clone, and nothing is copied.

        What a step pushes to `origin`, which is the user's own clone, is refused.
        """
        options = ["--shared", "--quiet", "--no-checkout", *([] if tags else ["--no-tags"])]
        git(self.root, "clone", *options, str(self.root), str(folder))
        git(folder, "checkout", "--quiet", "--force", "--detach", self.commit)
        git(folder, "remote", "set-url", "--push", "origin", NOWHERE)


def look(root: Path) -> Repository:
    """The repository at `root`.

    Raises:
        PipelinesLocalError: it is none, or nothing is committed.
    """
    _refuse_none(root)
    commit, message, author = git(root, "log", "-1", "--format=%H%n%s%n%an").splitlines()[:3]
    branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
    changed = git(root, "status", "--porcelain").splitlines()
    return Repository(root, commit, DETACHED if branch == "HEAD" else branch, message, author, len(changed))


def _refuse_none(root: Path) -> None:
    needed = "A run takes what is committed"
    try:
        git(root, "rev-parse", "--git-dir")
    except PipelinesLocalError as error:
        if "not a git repository" not in str(error):
            raise
        raise PipelinesLocalError(
            f"{root} is no repository of git. {needed}: `git init`, and commit all of it."
        ) from error
    try:
        git(root, "rev-parse", "--quiet", "--verify", "HEAD")
    except PipelinesLocalError as error:
        raise PipelinesLocalError(f"Nothing is committed in {root}. {needed}: commit all of it first.") from error
