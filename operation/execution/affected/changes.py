"""Find what has changed since a branch left another: in commits, in the work tree, and in files new to git."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from operation import git
from operation.errors import OperationError

ADDED, DELETED, MODIFIED = "added", "deleted", "modified"
WORDS = {"A": ADDED, "D": DELETED}  # of what git calls a change; all else modifies
GIT_SAYS_NO = 1  # the exit code of `git merge-base` where there is none


@dataclass(frozen=True)
class Changes:
    """`files` maps paths to added, deleted or modified since the commit `base`; `uncommitted` are those in no commit.

    `tree` are all files of the clone that git does not ignore, the deleted ones among them.
    """

    since: str
    base: str
    files: dict[str, str]
    uncommitted: frozenset[str]
    tree: frozenset[str]


def find_changes(root: Path, since: str) -> Changes:
    """Compare the work tree with the commit where this branch left `since`; a renamed file is a deleted and a new one.

    Raises:
        OperationError: no repository, no commit, a shallow clone, or a base that is not there or shares no commit.
    """
    base = find_base(root, since)
    words = ("--no-renames", "--no-ext-diff", "--relative", "-z")
    changed = dict(_pairs(git.ask(root, "diff", "--name-status", *words, base)))
    new = _names(git.ask(root, "ls-files", "--others", "--exclude-standard", "-z"))
    files = {path: WORDS.get(letter, MODIFIED) for path, letter in changed.items()} | dict.fromkeys(new, ADDED)
    uncommitted = {*new, *_names(git.ask(root, "diff", "--name-only", *words, "HEAD"))}
    tree = {*_names(git.ask(root, "ls-files", "-z")), *files}
    return Changes(since, base, files, frozenset(uncommitted & {*files}), frozenset(tree))


def find_base(root: Path, since: str) -> str:
    """Return the commit that this branch and `since` have in common; raises as `find_changes` does."""
    try:
        shallow = git.ask(root, "rev-parse", "--is-shallow-repository")
    except (OSError, subprocess.CalledProcessError) as error:
        raise OperationError(
            f"{root} is not a clone that git can read, so nobody knows what has changed. Clone it with git, "
            "or run every session: nox"
        ) from error
    if shallow == "true":
        raise OperationError(
            "This clone is shallow: it lacks the commits to compare with. Get them: git fetch --unshallow"
        )
    if not _commit(root, "HEAD"):
        raise OperationError("This repository has no commit yet, so there is nothing to compare with. Commit first.")
    return _shared_commit(root, since, _find_commit(root, since))


def _find_commit(root: Path, since: str) -> str:
    """Find the commit of a branch, tag or hash; a branch that only one remote has is found there, as git does."""
    if found := _commit(root, since):
        return found
    remotes = git.ask(root, "for-each-ref", "--format=%(refname)", f"refs/remotes/*/{since}").splitlines()
    if len(remotes) == 1 and (found := _commit(root, remotes[0])):
        return found
    branches = git.ask(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").splitlines()
    raise OperationError(
        f"--since: there is no branch, tag or commit {since!r} here. Fetch it (git fetch origin {since}), or name "
        f"one of these: {', '.join(branches[:8]) or 'none'}"
    )


def _shared_commit(root: Path, since: str, commit: str) -> str:
    try:
        return git.ask(root, "merge-base", commit, "HEAD").splitlines()[0]
    except subprocess.CalledProcessError as error:
        if error.returncode != GIT_SAYS_NO:
            raise
        raise OperationError(
            f"--since: {since!r} shares no commit with this branch, so everything would count as changed. Name the "
            "branch that this one was made from, or run every session: nox"
        ) from error


def _commit(root: Path, name: str) -> str:
    """Return the hash of a commit; "" if there is none of that name."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    try:
        return git.ask(root, *words)
    except (OperationError, subprocess.CalledProcessError):
        return ""


def _names(listed: str) -> list[str]:
    return [name for name in listed.split("\0") if name]


def _pairs(listed: str) -> list[tuple[str, str]]:
    """Return the path and the letter of each change, which git prints the other way round."""
    words = _names(listed)
    return [(path, letter[0]) for letter, path in zip(words[::2], words[1::2], strict=True)]
