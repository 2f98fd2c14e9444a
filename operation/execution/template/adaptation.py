"""Do to two versions of the template what the team did to its copy: rename packages, replace the example, delete.

Both sides of the merge then differ by what really changed, so a renamed package or a deleted file meets no conflict.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

import yaml

from operation.errors import OperationError
from operation.execution.configuration.forms import modernize
from operation.execution.configuration.yaml_files import parse
from operation.execution.new.replacement import PLACES, SHARED, plan_removal
from operation.execution.template.store import Entry, Store, Tree

USE_CASE_CODE = re.compile(r"src/([A-Za-z_]\w*)/.+\.py")
IS_USE_CASE = re.compile(r"src/[A-Za-z_]\w*/(?:use_case|schema)\.py")
FILE = "100644"  # the mode of a file in git
SETUP, VERSION_LINE = "setup.py", re.compile(r'\bversion="[^"]*"')
TOOLS = "tools/"  # which are replaced whole, see merging.py


@dataclass(frozen=True)
class Adapted:
    """Two versions of the template as this repository would have them, and what it has no place for.

    What is `here` has its configuration in the newest form, if that of the later version is so.
    """

    before: Tree
    here: Tree
    after: Tree
    deleted_and_changed: dict[str, Entry] = field(default_factory=dict)
    deleted_and_new: dict[str, Entry] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    replaced: str = ""


def adapt(store: Store, before: Tree, here: Tree, after: Tree) -> Adapted:
    """Return both versions with packages as they are named here, and without what was replaced or deleted here."""
    renamed = find_renamed(store, before, here)
    for old, new in renamed.items():
        places = [place for place in PLACES if not _stands(here, place.format(old))]
        before, after = (_moved(tree, old, new, places) for tree in (before, after))
        before, after = rename_words(store, (before, here, after), old, new, places)
    replaced = find_replaced(store, before, here)
    if replaced:
        before, after = _without_example(store, before, here, after, replaced[1])
    before, after = _with_own_version(store, before, here, after)
    if _modernized(store, after) == after:
        before, here = _modernized(store, before), _modernized(store, here)
    lost = {path for path in before if path not in here and not path.startswith(TOOLS)}
    moved = find_renames(store, before, here).keys() if lost else set()  # git follows what the team moved
    gone = lost - moved
    changed = {path: after[path] for path in gone if path in after and after[path] != before[path]}
    # Folders that had files and have none here: what comes new into one belongs to what was deleted.
    empty = _folders(before) - _folders(here) - _folders(moved)
    fresh = {path: entry for path, entry in after.items() if path not in before and _is_in(path, empty)}
    dropped = {*gone, *fresh}
    before, after = _without(before, dropped), _without(after, dropped)
    return Adapted(before, here, after, changed, fresh, renamed, replaced[0] if replaced else "")


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


def rename_words(
    store: Store, trees: tuple[Tree, Tree, Tree], old: str, new: str, places: Sequence[str]
) -> tuple[Tree, Tree]:
    """Rename the package in the texts of both versions: each line as it was renamed here, others by their imports."""
    before, here, after = trees
    ways = _rewrites(old, new, places)
    own = store.texts(here, [path for path in _naming(store, before, old) if path in here])
    former = store.texts(before, list(own))
    known = {path: _lines(former[path] or "", own[path] or "", ways) for path in own}
    later = store.texts(after, _naming(store, after, old))
    earlier = {path: _each_line(text, known[path], _same) for path, text in former.items() if text}
    # Imports have another order by the new name: a file in which nothing else differs is as the team has it.
    earlier |= {path: text for path, text in own.items() if text and _distance(earlier.get(path, ""), text) == 0}
    latest = {path: _each_line(text, known.get(path, {}), ways[0]) for path, text in later.items() if text}
    return _with_texts(store, before, earlier), _with_texts(store, after, latest)


def _naming(store: Store, tree: Tree, word: str) -> list[str]:
    """List the files in which the word stands."""
    printed = store.run("grep", "-l", "-z", "-I", "-w", "-F", "-e", word, store.write_tree(tree)).stdout
    found = printed.decode("utf-8", "surrogateescape").split("\0")
    return [name.partition(":")[2] for name in found if name]


def _lines(former: str, own: str, rewrites: Sequence[Callable[[str], str]]) -> dict[str, str]:
    """Return the lines of `former`, each with what stands for it in `own`: itself, or what a renaming makes of it."""
    there = set(own.splitlines(keepends=True))
    ways = [_same, *rewrites]
    lines = former.splitlines(keepends=True)
    return {line: next((way(line) for way in ways if way(line) in there), line) for line in lines}


def _same(text: str) -> str:
    return text


def _each_line(text: str, known: Mapping[str, str], way: Callable[[str], str]) -> str:
    return "".join(known[line] if line in known else way(line) for line in text.splitlines(keepends=True))


def _rewrites(old: str, new: str, places: Sequence[str]) -> list[Callable[[str], str]]:
    """Return the ways in which people rename a package: in imports and paths, in dotted names, wherever it stands."""
    imports = "|".join([rf"(\bfrom |\bimport |^use_case: ){old}\b", *(_place_pattern(place, old) for place in places)])
    patterns = (imports, rf"{imports}|\b{old}(?=\.[a-z_]+\b)", rf"{imports}|(?<![\w-]){old}(?![\w-])")
    return [partial(re.compile(pattern).sub, partial(_renamed, old, new)) for pattern in patterns]


def _renamed(old: str, new: str, found: re.Match[str]) -> str:
    return found.group().replace(old, new)


def _place_pattern(place: str, old: str) -> str:
    """Return a pattern of a place as other files write it: from the root, from a folder below, or as a module."""
    above, _, suffix = place.partition("{}")
    last = above.rstrip("/").rpartition("/")[2]
    if suffix:  # a page is named by its name alone, from beside it
        return rf"(?<![\w-]){old}{re.escape(suffix)}(?!\w)"
    return rf"\b{last}[/.]{old}\b|(?<![\w/.-]){old}(?=/(?:`|\w+\.py\b))"


def _nearest(old: str | None, way: str, own: str | None) -> bool:
    """Whether the other way of writing a text comes nearer to what the repository has."""
    return old is not None and own is not None and _distance(way, own) < _distance(old, own)


def _distance(one: str, other: str) -> int:
    """Count the lines that only one of the texts has."""
    lines, others = Counter(one.splitlines()), Counter(other.splitlines())
    return sum(((lines - others) + (others - lines)).values())


def _stands(tree: Tree, place: str) -> bool:
    return any(path == place or path.startswith(f"{place}/") for path in tree)


def _moved(tree: Tree, old: str, new: str, places: Sequence[str]) -> Tree:
    """Return the tree with what belongs to a package in the places of its new name."""
    moves = {place.format(old): place.format(new) for place in places}
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
    chosen = {path for path in paths if _nearest(texts[path], old[path], own[path])}
    new = {path: text for path, text in new.items() if path in after and (path in chosen or path not in before)}
    return _with_texts(store, before, {path: old[path] for path in chosen}), _with_texts(store, after, new)


def _without(tree: Tree, paths: Collection[str]) -> Tree:
    return {path: entry for path, entry in tree.items() if path not in paths}


def _with_texts(store: Store, tree: Tree, texts: Mapping[str, str]) -> Tree:
    return tree | {path: Entry(tree[path].mode, blob) for path, blob in store.write_blobs(texts).items()}


def _removal(store: Store, tree: Tree, name: str) -> tuple[set[str], Mapping[str, str]]:
    """Plan the removal of the example from a version of the template."""
    folder = store.beside / f"without-{name}-{store.write_tree(tree)[:12]}"
    store.check_out(tree, folder)
    try:
        removal = plan_removal(folder, name)
    except (OperationError, KeyError):  # an older version, which has no other default use case
        return set(), {}
    return set(removal.deleted), removal.changed


def _with_own_version(store: Store, before: Tree, here: Tree, after: Tree) -> tuple[Tree, Tree]:
    """Give both versions the number that the team gave its own project: else it would clash with the template's."""
    former, own, later = (store.text(tree, SETUP) for tree in (before, here, after))
    lines = [VERSION_LINE.findall(text)[:1] for text in (former, own, later)]
    if not all(lines) or lines[0] == lines[1]:
        return before, after
    texts = [VERSION_LINE.sub(lines[1][0], text, count=1) for text in (former, later)]
    return _with_texts(store, before, {SETUP: texts[0]}), _with_texts(store, after, {SETUP: texts[1]})


def _modernized(store: Store, tree: Tree) -> Tree:
    """Return the tree with its configuration in the newest form, as `invoke doctor --fix` would write it."""
    paths = [path for path in tree if path.startswith("configuration/") and path.endswith(".yaml")]
    files = {path: text for path, text in store.texts(tree, paths).items() if text is not None}
    packages = sorted({path.split("/")[1] for path in tree if IS_USE_CASE.fullmatch(path)})
    try:
        new, older = modernize(files, tuple(packages))
    except (OperationError, yaml.YAMLError):  # which doctor will name
        return tree
    changed = {path: text for path, text in new.items() if older and files.get(path) != text}
    blobs = store.write_blobs(changed)
    return tree | {path: Entry(tree[path].mode if path in tree else FILE, blob) for path, blob in blobs.items()}


def _folders(paths: Iterable[str]) -> set[str]:
    return {str(folder) for path in paths for folder in PurePosixPath(path).parents} - {".", "tools"}


def _is_in(path: str, folders: set[str]) -> bool:
    return not path.startswith(TOOLS) and any(str(folder) in folders for folder in PurePosixPath(path).parents)


def _packages(tree: Tree) -> set[str]:
    return {found[1] for path in tree if (found := USE_CASE_CODE.fullmatch(path))}


def _default_use_case(store: Store, tree: Tree) -> str:
    """Return the use case that the configuration names; "" for a version that knew of one alone."""
    values = parse(store.text(tree, SHARED) or "{}", SHARED)
    return str(values.get("use_case", "")) if isinstance(values, dict) else ""
