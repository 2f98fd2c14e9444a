"""`invoke template`: show what a later version of the template changes here, and merge it as one commit on a branch."""

import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operation import console, git
from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.template import notes
from operation.execution.template.adaptation import Adapted, adapt
from operation.execution.template.adopted import (
    NOTE_TEXT,
    Adopted,
    examine,
    find_base,
    find_source,
    require_later,
)
from operation.execution.template.merging import NEWER, UNMERGED, Left, Merged, merge
from operation.execution.template.source import NOTE, Source, Version, open_source
from operation.execution.template.store import Entry, Store, Tree, borrow

FILE_MODE = "100644"
MOST_PATHS = 30  # listed one by one; of more, their folders
LOCKS = Path("operation", "housekeeping", "lock.py")  # which writes them
RELOCK = "python noxfile.py -s lock -- --write"
NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Asked:
    """What the command asks for: `plan` and `update` are a tag, True for the newest version, or "" if not given."""

    plan: str | bool = ""
    update: str | bool = ""
    source: str = ""
    from_: str = ""
    into: str = ""
    yes: bool = False

    @property
    def tag(self) -> str:
        """Return the tag, "" for the newest."""
        given = self.update or self.plan
        return "" if given is True else str(given)


@dataclass(frozen=True)
class Update:
    """An update that is worked out, and written nowhere but in the store."""

    adopted: Adopted
    source: Source
    base: Version
    target: Version
    adapted: Adapted
    merged: Merged
    notes: tuple[str, ...]  # what the changelogs say has to be done by hand

    @property
    def branch(self) -> str:
        """Return the branch that the commit goes to."""
        return f"template-{self.target.number}"


def run(asked: Asked) -> None:
    """Plan an update, or merge it after the user has agreed.

    Raises:
        OperationError: as `work_out`, or the options contradict each other; then nothing was changed.
    """
    if bool(asked.plan) == bool(asked.update):
        raise OperationError("Give --plan to see what a later version changes here, or --update to merge it.")
    if asked.plan and asked.yes:
        raise OperationError("--plan changes nothing, so --yes has no effect: leave one of them out.")
    root = Path(asked.into or ROOT)
    if not root.is_dir():
        raise OperationError(f"--into {root}: there is no such folder.")
    adopted = examine(root)
    with borrow(adopted.root) as store:
        update = work_out(store, adopted, asked)
        if update is None:
            return
        show(update)
        if asked.plan:
            console.say(f"{NOTHING} To merge it: {_command(asked, update.target)}")
        elif asked.yes or _agreed(update):
            bring(store, update)
        else:
            console.say(NOTHING)


def _command(asked: Asked, target: Version) -> str:
    """Return the command that makes the update which this one has shown."""
    given = {"--source": asked.source, "--from": asked.from_, "--into": asked.into}
    options = [f" {option} {shlex.quote(value)}" for option, value in given.items() if value]
    return f"invoke template --update {target.tag}{''.join(options)}"


def work_out(store: Store, adopted: Adopted, asked: Asked) -> Update | None:
    """Merge the asked version into the adopted repository, in the store alone; None if that has it already.

    Raises:
        OperationError: a version is not there, the repository was never adopted from the template, has the branch
            already, or git cannot do it.
    """
    place = find_source(adopted, asked.source)
    source = open_source(store, place)
    target = source.find(asked.tag)
    base = find_base(store, adopted, source, target, _given(store, source, asked.from_))
    require_later(base, target)
    if base.commit == target.commit:
        console.say(f"This repository has {target.number} of the template already. {NOTHING}")
        return None
    before, here, after = (store.read_tree(each.commit) for each in (base, adopted, target))
    adapted = adapt(store, before, here, after)
    merged = merge(store, adapted, here)
    todo = notes.collect(store.text(before, notes.FILE), store.text(after, notes.FILE))
    update = Update(adopted, source, base, target, adapted, merged, todo)
    _require_new_branch(update)
    return update


def _given(store: Store, source: Source, given: str) -> Version | None:
    """Return the version that --from names: a tag of the template, or an archive of that version."""
    if not given:
        return None
    return open_source(store, given).find("") if Path(given).exists() else source.find(given)


def _require_new_branch(update: Update) -> None:
    branches = git.ask(update.adopted.root, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    if update.branch in branches:
        raise OperationError(
            f"There is a branch {update.branch} already. Merge it, or delete it: git branch -D {update.branch}"
        )


def show(update: Update) -> None:
    """Print what the update changes here, what was changed on both sides, and what a person has to do."""
    merged, adapted = update.merged, update.adapted
    console.say(f"Template {update.base.number} -> {update.target.number}, from {update.source.place}")
    for old, new in adapted.renamed.items():
        console.say(f"The package {old} is called {new} here: what changed in src/{old} goes to src/{new}.")
    if adapted.replaced:
        console.say(f"The example {adapted.replaced} was replaced here: what belongs to it is left out.")
    _show_paths("Changed by the template alone", merged.from_template)
    _show_paths("Changed on both sides, and merged", merged.both)
    _show_paths("Replaced whole", [f"tools/{name}" for name in merged.tools])
    _show_left("Changed in tools here, and replaced", merged.lost)
    _show_left("Deleted here and changed there, left out", merged.deleted)
    _show_left("To merge by hand", merged.conflicts)
    if merged.relock:
        console.say("Locks: the requirements here are others than the template's; resolved with your package index.")
    else:
        console.say("Locks: those of the template, which has the same requirements.")
    if update.notes:
        console.say("To do by hand:")
    for line in update.notes:
        console.say(f"  {line}")


def _show_paths(title: str, paths: Iterable[str]) -> None:
    listed = list(paths)
    console.say(f"{title}: {len(listed)}")
    if len(listed) > MOST_PATHS:
        folders = Counter("/".join(path.split("/")[:-1][:2]) or "." for path in listed)
        listed = [f"{folder}/  {console.counted(count, 'file')}" for folder, count in sorted(folders.items())]
    for line in listed:
        console.say(f"  {line}")


def _show_left(title: str, left: Iterable[Left]) -> None:
    listed = list(left)
    console.say(f"{title}: {len(listed)}")
    for each in listed:
        console.say(f"  {each.path}  ({each.why})  {each.command}")


def _agreed(update: Update) -> bool:
    question = f"Merge this as one commit on a new branch, {update.branch}? [y/N] "
    return console.ask(question, NOTHING).lower() in ("y", "yes")


def bring(store: Store, update: Update) -> None:
    """Write one commit to a branch; the work tree and the branch that is checked out stay as they are."""
    tree = update.merged.tree | _note(store, update)
    unresolved = ""
    if update.merged.relock:
        tree, unresolved = _resolve_locks(store, tree)
    commit = _commit(store, update, tree)
    newer, marked = (store.commit(each) for each in (update.merged.newer, update.merged.marked))
    for name, target in ((f"refs/heads/{update.branch}", commit), (NEWER, newer), (UNMERGED, marked)):
        store.ask("update-ref", name, target)
    names = [f"refs/heads/{update.branch}:refs/heads/{update.branch}", f"+{NEWER}:{NEWER}", f"+{UNMERGED}:{UNMERGED}"]
    git.ask(update.adopted.root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(store.folder), *names)
    _say_next(update, unresolved)


def _note(store: Store, update: Update) -> Tree:
    """Return the note of the new version, with where it came from."""
    source = update.source.place
    if Path(source).exists():
        source = update.adopted.source or str(Path(source).resolve())
    text = NOTE_TEXT.format(version=update.target.number, source=source)
    return {NOTE: Entry(FILE_MODE, store.write_blobs({NOTE: text})[NOTE])}


def _resolve_locks(store: Store, tree: Tree) -> tuple[Tree, str]:
    """Resolve the locks in a folder of its own, by the team's package index; "" or the command that is left to do."""
    folder = store.beside / "resolved"
    store.check_out(tree, folder)
    if not (folder / LOCKS).is_file():  # else Python would find this repository's, which writes its own locks
        return tree, RELOCK
    command, variables = [sys.executable, "-m", ".".join(LOCKS.with_suffix("").parts), "--write"], git.environment()
    with console.step("resolve the locks"):
        done = subprocess.run(
            command, cwd=folder, env=variables | {"PYTHONPATH": str(folder)}, capture_output=True, check=False
        )
    if done.returncode:
        return tree, RELOCK
    names = [path for path in tree if path.endswith((".lock", ".yml")) and (folder / path).is_file()]
    blobs = store.write_blobs({path: (folder / path).read_text(encoding="utf-8") for path in names})
    return tree | {path: Entry(tree[path].mode, blob) for path, blob in blobs.items()}, ""


def _commit(store: Store, update: Update, tree: Tree) -> str:
    """Commit the tree in the name of who runs this."""
    name, _, rest = git.ask(update.adopted.root, "var", "GIT_COMMITTER_IDENT").partition(" <")
    mail = rest.partition(">")[0]
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", name), ("EMAIL", mail))
    }
    lines = [f"Update the template to {update.target.number}", "", f"From {update.base.number}, by invoke template."]
    lines += ["", "To merge by hand:"] * bool(update.merged.conflicts)
    lines += [f"* {each.path}: {each.why}" for each in update.merged.conflicts]
    words = ("-p", update.adopted.commit, "-F", "-")
    return store.ask("commit-tree", store.write_tree(tree), *words, given="\n".join(lines).encode(), variables=who)


def _say_next(update: Update, unresolved: str) -> None:
    """Print the commands that are left, one a line."""
    console.say(f"Wrote one commit on the branch {update.branch}; nothing else was changed. Next:")
    console.say(f"  git switch {update.branch}")
    for each in update.merged.conflicts:
        console.say(f"  {each.command}")
    if unresolved:
        console.say(f"  {unresolved}  (the locks could not be resolved here)")
    if update.adapted.renamed:  # by the name of the package, imports have another order
        console.say("  python -m ruff check --fix --select I .")
    console.say("  python tasks.py doctor --fix")
    console.say("  python noxfile.py")
