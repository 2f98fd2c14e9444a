"""The repository that was adopted from the template: what it says of its origin, and whether it can be updated."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from operation import git
from operation.errors import OperationError
from operation.execution.configuration.yaml_files import parse
from operation.execution.template.source import NOTE, Source, Version, order, version_of
from operation.execution.template.store import Store, Tree

LEAST_SHARE = 0.1  # of the files of the version that was adopted must be here: a team deletes much
REMOTE = "template"  # the name of a git remote that leads to the template, where the note has no source
NOTE_TEXT = """\
# The version of the template that this repository has. `invoke template` reads it, and `--update` writes it.
version: {version}
source: "{source}"  # a git remote, a path or an archive; "": a git remote named template, or --source
"""


@dataclass(frozen=True)
class Adopted:
    """The adopted repository at `root`: its commit, and what its note says, "" where it says nothing."""

    root: Path
    commit: str
    version: str
    source: str


def examine(root: Path) -> Adopted:
    """Read where the repository stands.

    Raises:
        OperationError: it is not a repository, has no commit, is shallow, or has changes that are in no commit.
    """
    try:
        commit = git.ask(root, "rev-parse", "--verify", "HEAD^{commit}")
        top = Path(git.ask(root, "rev-parse", "--show-toplevel"))
        shallow = git.ask(root, "rev-parse", "--is-shallow-repository") == "true"
        changed = git.ask(root, "status", "--porcelain").splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        raise OperationError(f"{root} is not a git repository with a commit: git init, git add, git commit.") from error
    if shallow:
        raise OperationError(f"{root} is a shallow clone, without the history to merge. Run: git fetch --unshallow")
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        first = changed[0].split(maxsplit=1)[1]
        raise OperationError(f"{first}{more} has changes that are in no commit. Commit or stash them first.")
    note = parse(_show(top, commit, NOTE) or "{}", NOTE)
    if not isinstance(note, dict) or not all(isinstance(note.get(key, ""), str) for key in ("version", "source")):
        raise OperationError(f"{NOTE} must have `version` and `source`, both of them text. Fix it.")
    version = version_of(_show(top, commit, NOTE), _show(top, commit, "setup.py"))
    return Adopted(top, commit, version, note.get("source", ""))


def find_source(adopted: Adopted, given: str) -> str:
    """Say where the template is: as given, as noted, or a remote of that name.

    Raises:
        OperationError: nothing says it.
    """
    remotes = git.ask(adopted.root, "remote").split()
    named = git.ask(adopted.root, "remote", "get-url", REMOTE) if REMOTE in remotes else ""
    place = given or adopted.source or named
    if not place:
        raise OperationError(
            f"Nothing says where the template is. Give --source, a git remote, a path or an archive, or write it into "
            f"{NOTE}."
        )
    beside = adopted.root / place  # a path in the note is beside the repository, wherever the command runs
    return str(beside) if not given and beside.exists() else place


def find_base(store: Store, adopted: Adopted, source: Source, target: Version, given: Version | None) -> Version:
    """Find the version of the template that the repository was adopted from, or updated to last.

    With a history that both share, it is the last commit in it, whatever the note says.

    Raises:
        OperationError: the version is not among the template's tags, or the repository was never adopted from it.
    """
    shared = store.run("merge-base", adopted.commit, target.commit)
    if given:
        base = given
    elif shared.returncode == 0 and _is_newer(store, adopted, source, shared.stdout.decode().strip()):
        base = Version(adopted.version or target.tag, shared.stdout.decode().strip())
    elif not adopted.version:
        raise OperationError(
            f"{adopted.root} was never adopted from this template: it has no {NOTE} and shares no commit with "
            f"{source.place}. If it is a copy of a version, name that: --from {next(iter(source.commits))}."
        )
    elif not source.holds(adopted.version):
        raise OperationError(
            f"The template at {source.place} has no tag v{adopted.version}, the version of this repository. Choose "
            f"another --source, or the nearest version by --from: {', '.join(source.commits)}."
        )
    else:
        base = source.find(adopted.version)
    _require_kin(adopted, source, base, store.read_tree(base.commit), store.read_tree(adopted.commit))
    return base


def _is_newer(store: Store, adopted: Adopted, source: Source, shared: str) -> bool:
    """Whether the shared commit has all of the version that is noted: after an update, the note knows better."""
    if not adopted.version or not source.holds(adopted.version):
        return True
    noted = source.find(adopted.version).commit
    return store.run("merge-base", "--is-ancestor", noted, shared).returncode == 0


def _require_kin(adopted: Adopted, source: Source, base: Version, before: Tree, here: Tree) -> None:
    """Raise OperationError if hardly a file of the version is here, by its path or its content."""
    blobs = {entry.blob for entry in here.values()}
    found = [path for path, entry in before.items() if path != NOTE and (path in here or entry.blob in blobs)]
    if len(found) < len(before) * LEAST_SHARE:
        raise OperationError(
            f"{adopted.root} was never adopted from this template: of the {len(before):,} files that {base.tag} of "
            f"{source.place} has, {len(found)} are here. Choose another --source."
        )


def require_later(base: Version, target: Version) -> None:
    """Raise OperationError if the target is older than what is here."""
    if order(target.tag) < order(base.tag):
        raise OperationError(f"This repository has {base.number} already, and {target.tag} is older. Name a later tag.")


def _show(root: Path, commit: str, path: str) -> str:
    """Return the text of a file in a commit; "" if it is not there."""
    try:
        return git.ask(root, "cat-file", "blob", f"{commit}:{path}")
    except (OperationError, subprocess.CalledProcessError):
        return ""
