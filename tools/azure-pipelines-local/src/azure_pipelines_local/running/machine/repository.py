"""Read and clone the repository of a pipeline."""

from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.git import git

DETACHED = "detached"
# In place of the address to push to: git repeats it in its message that this is not a repository.
NOWHERE = "nowhere, since a run on this machine pushes nothing"


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
        """Return the full name of the branch, as `Build.SourceBranch` has it."""
        return f"refs/heads/{self.branch}"

    def has(self, path: str) -> bool:
        """Return whether a file of this path is committed."""
        return " blob " in git(self.root, "ls-tree", self.commit, path)

    def differs(self, path: str) -> bool:
        """Return whether the work tree has another text in this file than the commit, or none."""
        return bool(git(self.root, "diff", "--name-only", self.commit, "--", path))

    def clone(self, folder: Path, *, tags: bool) -> None:
        """Clone what is committed into the folder; the objects are shared with this clone, and nothing is copied."""
        # `--shared` reads objects where they are: no job writes them, and the clone does not outlive the run. Nothing
        # is checked out by `clone`, which would take the branch that is checked out now, not the commit of this run:
        # someone may commit while it goes on.
        options = ["--shared", "--quiet", "--no-checkout", *([] if tags else ["--no-tags"])]
        git(self.root, "clone", *options, str(self.root), str(folder))
        git(folder, "checkout", "--quiet", "--force", "--detach", self.commit)
        # `origin` is the user's own clone: `git push` in a step would move its branches and tags.
        git(folder, "remote", "set-url", "--push", "origin", NOWHERE)


def read_repository(root: Path) -> Repository:
    """Read the state of the repository at `root`.

    Raises:
        PipelinesLocalError: it is not one, or nothing is committed.
    """
    _require_commit(root)
    commit, message, author = git(root, "log", "-1", "--format=%H%n%s%n%an").splitlines()[:3]
    branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
    changed_files = git(root, "status", "--porcelain").splitlines()
    return Repository(root, commit, DETACHED if branch == "HEAD" else branch, message, author, len(changed_files))


def _require_commit(root: Path) -> None:
    reason = "A run takes what is committed"
    try:
        git(root, "rev-parse", "--git-dir")
    except PipelinesLocalError as error:
        if "not a git repository" not in str(error):  # but, say, owned by another user: git's own message is better
            raise
        message = f"{root} is not a git repository. {reason}: run `git init`, and commit all of it."
        raise PipelinesLocalError(message) from error
    try:
        git(root, "rev-parse", "--quiet", "--verify", "HEAD")
    except PipelinesLocalError as error:
        raise PipelinesLocalError(f"Nothing is committed in {root}. {reason}: commit all of it first.") from error
