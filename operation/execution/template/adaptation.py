"""Do to two versions of the template what the team did to its copy: rename packages, replace the example, delete.

Both sides of the merge then differ by what really changed, so a renamed package or a deleted file meets no conflict.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from operation.errors import OperationError
from operation.execution.configuration.yaml_files import parse
from operation.execution.new.replacement import PLACES, SHARED, plan_removal
from operation.execution.template.store import Entry, Store, Tree

USE_CASE_CODE = re.compile(r"src/([A-Za-z_]\w*)/.+\.py")
TOOLS = "tools/"  # which are replaced whole, see merging.py
Rewrite = Callable[[str, str], str]  # of the text at a path


@dataclass(frozen=True)
class Adapted:
    """Two versions of the template as this repository would have them, and what it has no place for."""

    before: Tree
    after: Tree
    deleted_and_changed: dict[str, Entry] = field(default_factory=dict)
    deleted_and_new: dict[str, Entry] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    replaced: str = ""


def adapt(store: Store, before: Tree, here: Tree, after: Tree) -> Adapted:
    """Return both versions with packages as they are named here, and without what was replaced or deleted here."""
    renamed = find_renamed(store, before, here)
    for old, new in renamed.items():
        before, after = (_moved(tree, old, new) for tree in (before, after))
        before, after = rewrite(store, before, here, after, _word_rewrites(old, new))
    replaced = find_replaced(store, before, here)
    if replaced:
        before, after = _without_example(store, before, here, after, replaced[1])
    gone = _deleted(store, before, here)
    changed = {path: after[path] for path in gone if path in after and after[path] != before[path]}
    empty = _emptied_folders(before, here)
    fresh = {path: entry for path, entry in after.items() if path not in before and _is_in(path, empty)}
    dropped = {*gone, *fresh}
    before, after = _without(before, dropped), _without(after, dropped)
    return Adapted(before, after, changed, fresh, renamed, replaced[0] if replaced else "")


def find_renamed(store: Store, before: Tree, here: Tree) -> dict[str, str]:
    """Find the packages of src/ that have another name here: half of their files, at least, are found in it."""
    there = _packages(before)
    lost = [name for name in there if not any(path.startswith(f"src/{name}/") for path in here)]
    if not lost:
        return {}
    moves = Counter(
        (old.split("/")[1], new.split("/")[1])
        for old, new in find_renames(store, before, here).items()
        if USE_CASE_CODE.fullmatch(old) and USE_CASE_CODE.fullmatch(new)
    )
    found = {}
    for (old, new), count in moves.most_common():
        size = sum(path.startswith(f"src/{old}/") and path.endswith(".py") for path in before)
        if old in lost and old not in found and new not in there and count * 2 >= size:
            found[old] = new
    return found


def find_renames(store: Store, before: Tree, here: Tree) -> dict[str, str]:
    """Return the new paths of files that git takes for renamed, by their old ones."""
    trees = store.write_tree(before), store.write_tree(here)
    printed = store.ask("diff-tree", "-r", "-z", "-M", "--diff-filter=R", *trees).split("\0")
    return dict(zip(printed[1::3], printed[2::3], strict=False))


def find_replaced(store: Store, before: Tree, here: Tree) -> tuple[str, str] | None:
    """Return the example that `invoke new --replace` deleted, and the use case in its place, if it did."""
    names = [_default_use_case(store, tree) for tree in (before, here)]
    old, new = names
    if not old or not new or old == new or any(path.startswith(f"src/{old}/") for path in here):
        return None
    return old, new


def rewrite(store: Store, before: Tree, here: Tree, after: Tree, rewrites: Sequence[Rewrite]) -> tuple[Tree, Tree]:
    """Rewrite each text by the way that comes nearest to what the repository has, as it is if none comes nearer."""
    changed = [path for path in before if path in here and here[path] != before[path]]
    old, own = store.texts(before, changed), store.texts(here, changed)
    chosen = {path: best for path in changed if (best := _nearest(path, old[path], own[path], rewrites))}
    new = store.texts(after, [path for path in chosen if path in after])
    results = []
    for tree, texts in ((before, old), (after, new)):
        written = {path: chosen[path](path, text) for path, text in texts.items() if path in chosen and text}
        results.append(_with_texts(store, tree, written))
    return results[0], results[1]


def _nearest(path: str, old: str | None, own: str | None, rewrites: Sequence[Rewrite]) -> Rewrite | None:
    if old is None or own is None:
        return None
    best, least = None, _distance(old, own)
    for way in rewrites:
        if (distance := _distance(way(path, old), own)) < least:
            best, least = way, distance
    return best


def _distance(one: str, other: str) -> int:
    """Count the lines that only one of the texts has."""
    lines, others = Counter(one.splitlines()), Counter(other.splitlines())
    return sum(((lines - others) + (others - lines)).values())


def _word_rewrites(old: str, new: str) -> list[Rewrite]:
    """Return the ways in which people rename a package: in imports and paths alone, or wherever its name stands."""
    code = re.compile(rf"(?<=\bfrom )\b{old}\b|(?<=\bimport )\b{old}\b|(?<=src/){old}\b|\b{old}(?=\.[a-z_]+\b)")
    word = re.compile(rf"(?<![\w-]){old}(?![\w-])")
    return [lambda _path, text: code.sub(new, text), lambda _path, text: word.sub(new, text)]


def _moved(tree: Tree, old: str, new: str) -> Tree:
    """Return the tree with what belongs to a package in the places of its new name."""
    moves = {place.format(old): place.format(new) for place in PLACES}
    moved = {}
    for path, entry in tree.items():
        place = next((each for each in moves if path == each or path.startswith(f"{each}/")), "")
        moved[moves[place] + path.removeprefix(place) if place else path] = entry
    return moved


def _without_example(store: Store, before: Tree, here: Tree, after: Tree, name: str) -> tuple[Tree, Tree]:
    """Do to both versions what `invoke new --replace` did to the one that was adopted."""
    (gone, old), (gone_after, new) = (_removal(store, tree, name) for tree in (before, after))
    before, after = _without(before, gone), _without(after, gone_after)
    paths = [path for path in old if path in before and path in here]
    texts, own = store.texts(before, paths), store.texts(here, paths)
    chosen = {path for path in paths if _nearest(path, texts[path], own[path], [lambda path, _text: old[path]])}
    new = {path: text for path, text in new.items() if path in after and (path in chosen or path not in before)}
    return _with_texts(store, before, {path: old[path] for path in chosen}), _with_texts(store, after, new)


def _without(tree: Tree, paths: Collection[str]) -> Tree:
    return {path: entry for path, entry in tree.items() if path not in paths}


def _with_texts(store: Store, tree: Tree, texts: Mapping[str, str]) -> Tree:
    return tree | {path: Entry(tree[path].mode, blob) for path, blob in store.write_blobs(texts).items()}


def _removal(store: Store, tree: Tree, name: str) -> tuple[set[str], Mapping[str, str]]:
    """Plan the removal of the example from a version of the template."""
    folder = store.folder / f"without-{name}-{store.write_tree(tree)[:12]}"
    store.check_out(tree, folder)
    try:
        removal = plan_removal(folder, name)
    except (OperationError, KeyError):  # an older version, which has no other default use case
        return set(), {}
    return set(removal.deleted), removal.changed


def _deleted(store: Store, before: Tree, here: Tree) -> set[str]:
    """List what the team deleted, tools apart; what it moved elsewhere git will follow."""
    lost = {path for path in before if path not in here and not path.startswith(TOOLS)}
    return lost - find_renames(store, before, here).keys()


def _emptied_folders(before: Tree, here: Tree) -> set[str]:
    """List the folders that had files and have none here: what comes new into one belongs to what was deleted."""
    return _folders(before) - _folders(here)


def _folders(tree: Tree) -> set[str]:
    return {str(folder) for path in tree for folder in PurePosixPath(path).parents} - {".", "tools"}


def _is_in(path: str, folders: set[str]) -> bool:
    return not path.startswith(TOOLS) and any(str(folder) in folders for folder in PurePosixPath(path).parents)


def _packages(tree: Tree) -> set[str]:
    return {found[1] for path in tree if (found := USE_CASE_CODE.fullmatch(path))}


def _default_use_case(store: Store, tree: Tree) -> str:
    """Return the use case that the configuration names; "" for a version that knew of one alone."""
    values = parse(store.text(tree, SHARED) or "{}", SHARED)
    return str(values.get("use_case", "")) if isinstance(values, dict) else ""
