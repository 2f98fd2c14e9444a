"""Merge a later version of the template with what was made of an earlier one, and list what a person has to merge."""

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import yaml

from operation.errors import OperationError
from operation.execution.template.adaptation import Adapted
from operation.execution.template.source import NOTE
from operation.execution.template.store import Entry, Store, Tree, refuse
from operation.execution.template.values import is_configuration, merge_stages
from operation.housekeeping.pins import PIP_SECTION

TOOL = re.compile(r"tools/([^/]+)/")
LOCK = re.compile(r"requirements[\w-]*\.lock")
PINNED = ("environment.yml", "operation/configuration/train.yml", "operation/configuration/score.yml")
BASE, OURS, THEIRS = STAGES = 1, 2, 3  # in which git lists a file that it could not merge
NEWER = "refs/template/newer"  # the later version, as this repository would have it
GONE = "deleted here, changed there"
UNMERGED = "refs/template/unmerged"  # the merge with marks where both sides changed the same lines


@dataclass(frozen=True)
class Left:
    """What a person has to do: about which file, why, and by which command."""

    path: str
    why: str
    command: str


@dataclass(frozen=True)
class Merged:
    """The files after the update, those with marks of conflicts, and what came of each."""

    tree: Tree
    marked: Tree
    newer: Tree
    from_template: tuple[str, ...]  # which only the template changed
    both: tuple[str, ...]  # which both sides changed, and which were merged
    conflicts: tuple[Left, ...] = ()
    deleted: tuple[Left, ...] = ()  # deleted here, and changed or new there
    tools: tuple[str, ...] = ()  # replaced whole
    lost: tuple[Left, ...] = ()  # changes in tools that were made here
    relock: bool = False  # whether the locks have to be resolved


def merge(store: Store, adapted: Adapted, here: Tree) -> Merged:
    """Merge everything but tools, locks and note, which are taken whole from the later version."""
    sides = [_mergeable(tree) for tree in (adapted.before, adapted.here, adapted.after)]
    base = store.commit(sides[0])
    ours, theirs = (store.commit(tree, base) for tree in sides[1:])
    done = store.run("merge-tree", "--write-tree", "-z", "--messages", ours, theirs)
    if done.returncode not in (0, 1):
        refuse("git merge-tree", done.stderr)
    head, *rest = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    marked, stages = store.read_tree(head), _stages(rest)
    tree, conflicts = _settle(store, marked, stages)
    tools, names, lost = take_tools(adapted, here)
    whole = tools | take_locks(store, adapted, here)
    tree, marked = tree | whole, marked | whole
    from_template, both = _changes(adapted, here, tree, {each.path for each in conflicts})
    newer = adapted.after | adapted.deleted_and_changed | adapted.deleted_and_new
    relock = _requirements(store, tree) != _requirements(store, adapted.after)
    return Merged(tree, marked, newer, from_template, both, conflicts, _deleted(adapted, here), names, lost, relock)


def take_locks(store: Store, adapted: Adapted, here: Tree) -> Tree:
    """Take the locks of the later version, and its pins below the text above them, which people may edit."""
    locks = {path: here[path] for path in here.keys() - adapted.before.keys() if _is_lock(path)}  # of the team
    locks |= {path: entry for path, entry in adapted.after.items() if _is_lock(path)}
    sides = adapted.before, here, adapted.after
    pinned = [path for path in PINNED if all(path in tree for tree in sides) and here[path] != adapted.before[path]]
    texts = [store.texts(tree, pinned) for tree in sides]
    for path in pinned:
        before, own, after = (known[path] or "" for known in texts)
        head, separator, _ = own.partition(PIP_SECTION)
        if separator and head != before.partition(PIP_SECTION)[0]:
            text = head + separator + after.partition(PIP_SECTION)[2]
            locks[path] = Entry(locks[path].mode, store.write_blobs({path: text})[path])
    return locks


def _requirements(store: Store, tree: Tree) -> tuple[str, ...]:
    """Return what the locks come from: the requirements in setup.py, and the tools, whose own come with them."""
    setup = store.text(tree, "setup.py")
    lists = [ast.dump(node) for node in _parsed(setup) if isinstance(node, ast.Assign)]
    return (*lists, *sorted(_names(tree)))


def _parsed(code: str) -> list[ast.stmt]:
    try:
        return ast.parse(code).body
    except SyntaxError:  # which is the team's: the lock says where
        return []


def _mergeable(tree: Tree) -> Tree:
    return {path: entry for path, entry in tree.items() if _is_mergeable(path)}


def _is_mergeable(path: str) -> bool:
    return not (TOOL.match(path) or _is_lock(path) or path == NOTE)


def _is_lock(path: str) -> bool:
    return LOCK.fullmatch(path) is not None or path in PINNED


def _stages(lines: Iterable[str]) -> dict[str, dict[int, Entry]]:
    """Read what git could not merge: by the path, what stands in each stage."""
    found: dict[str, dict[int, Entry]] = {}
    for line in lines:
        if not line:  # what follows are messages for people
            break
        described, _, path = line.partition("\t")
        mode, blob, stage = described.split()
        found.setdefault(path, {})[int(stage)] = Entry(mode, blob)
    return found


def _settle(store: Store, marked: Tree, stages: dict[str, dict[int, Entry]]) -> tuple[Tree, tuple[Left, ...]]:
    """Keep what is here wherever both sides disagree: a file with marks in it would run nowhere."""
    tree, conflicts = dict(marked), []
    for path, found in sorted(stages.items()):
        tree.pop(path, None)
        if OURS in found:
            tree[path] = found[OURS]
        elif BASE not in found:  # where the template moved a file that was moved elsewhere here: both stay
            tree[path] = found[THEIRS]
        left: Left | None = _conflict(path, found)
        if is_configuration(path) and len(found) == len(STAGES):
            tree[path], left = _merge_values(store, path, found) or (tree[path], left)
        conflicts += [left] if left else []
    return tree, tuple(conflicts)


def _merge_values(store: Store, path: str, found: dict[int, Entry]) -> tuple[Entry, Left | None] | None:
    """Merge a file of the configuration value by value, and name the keys that both sides changed; None if in vain."""
    try:
        merged, clashes = merge_stages(store, found)
    except (OperationError, yaml.YAMLError):
        return None
    why = f"both sides changed {', '.join(clashes)}: kept as it is here, all else is merged"
    return merged, Left(path, why, f"git diff HEAD {NEWER} -- {quoted(path)}") if clashes else None


def _conflict(path: str, found: dict[int, Entry]) -> Left:
    if found.keys() == {BASE, OURS}:
        return Left(path, "changed here, deleted there: kept", f"git rm {quoted(path)}")
    if found.keys() == {BASE, THEIRS}:
        return Left(path, "deleted here, changed there: left out", f"git checkout {NEWER} -- {quoted(path)}")
    if OURS not in found:
        return Left(path, "moved there, and elsewhere here: both are kept", f"git rm {quoted(path)}")
    if BASE not in found and THEIRS not in found:
        return Left(path, "moved here, and elsewhere there: both are kept", f"git rm {quoted(path)}")
    why = "both sides changed the same lines" if BASE in found else "new on both sides"
    return Left(path, f"{why}: kept as it is here", f"git checkout {UNMERGED} -- {quoted(path)}")


def _deleted(adapted: Adapted, here: Tree) -> tuple[Left, ...]:
    """List what was deleted here and changed there: files, and tools as a whole."""
    gone = _names(adapted.before) - _names(here)
    changed = [name for name in gone if _files(adapted.before, name) != _files(adapted.after, name)]
    found = [(f"tools/{name}", GONE) for name in sorted(changed) if _files(adapted.after, name)]
    found += [(path, GONE) for path in sorted(adapted.deleted_and_changed)]
    found += [(path, "new there, in a folder that was deleted here") for path in sorted(adapted.deleted_and_new)]
    return tuple(Left(path, why, f"git checkout {NEWER} -- {quoted(path)}") for path, why in found)


def take_tools(adapted: Adapted, here: Tree) -> tuple[Tree, tuple[str, ...], tuple[Left, ...]]:
    """Take each tool whole from the later version; leave those of the team, and those that it deleted."""
    before, now, after = (_names(tree) for tree in (adapted.before, here, adapted.after))
    ours = now - before - after
    taken = (now & after) | (after - before)
    tree = {path: entry for path, entry in here.items() if _tool(path) in ours}
    tree |= {path: entry for path, entry in adapted.after.items() if _tool(path) in taken}
    lost = tuple(
        Left(path, "changed here, replaced with its tool", f"git checkout HEAD~1 -- {quoted(path)}")
        for path, entry in sorted(here.items())
        if _tool(path) in taken | (before - after) and _tool(path) in before and adapted.before.get(path) != entry
        if adapted.after.get(path) != entry
    )
    changed = sorted(name for name in taken | (now - ours) if _files(here, name) != _files(tree, name))
    return tree, tuple(changed), lost


def _tool(path: str) -> str:
    found = TOOL.match(path)
    return found[1] if found else ""


def _names(tree: Tree) -> set[str]:
    return {name for path in tree if (name := _tool(path))}


def _files(tree: Tree, tool: str) -> Tree:
    return {path: entry for path, entry in tree.items() if _tool(path) == tool}


def _changes(
    adapted: Adapted, here: Tree, tree: Tree, conflicts: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List what changes here: where only the template changed something, and where both sides did."""
    paths = sorted({*here, *tree})
    changed = [path for path in paths if _is_mergeable(path) and here.get(path) != tree.get(path)]
    clean = [path for path in changed if path not in conflicts]
    both = {path for path in clean if path in here and adapted.before.get(path) != here[path]}
    return tuple(path for path in clean if path not in both), tuple(sorted(both))


def quoted(path: str) -> str:
    """Return the path as a shell has to be given it."""
    return path if re.fullmatch(r"[\w./@%+=:,-]+", path) else "'" + path.replace("'", "'\\''") + "'"
