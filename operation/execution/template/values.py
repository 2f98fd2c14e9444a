"""Merge files of the configuration value by value, where lines clash: new keys and comments from the template, values
from the team.
"""

from collections.abc import Iterator

import yaml

from operation.execution.configuration.yaml_edits import find, insert, replace_value, take
from operation.execution.template.store import Entry, Store, Tree

Keys = tuple[str, ...]
FOLDER, ENDING = "configuration/", ".yaml"


def merge_values(base: str, ours: str, theirs: str) -> tuple[str, list[str]]:
    """Return `theirs` with the values that were changed, added or deleted in `ours`, and the keys that both changed.

    Of those the value stays that is here.

    Raises:
        yaml.YAMLError: a text is not YAML.
        OperationError: a key stands within { }, whose lines cannot be told apart.
    """
    before, here, there = (dict(_values(text)) for text in (base, ours, theirs))
    text, clashes = theirs, []
    for keys, value in here.items():
        if before.get(keys) == value or there.get(keys) == value:
            continue
        if keys in before and keys not in there:
            clashes.append(".".join(keys))  # the template has no such key any more
            continue
        if before.get(keys) != there.get(keys):
            clashes.append(".".join(keys))
        text = _with_value(text, ours, keys)
    for keys in before.keys() - here.keys():
        if there.get(keys) == before[keys]:
            text, _ = take(text, *keys)
    return text, clashes


def _with_value(text: str, ours: str, keys: Keys) -> str:
    if find(text, keys):
        return replace_value(text, ours, keys)
    above = keys[:-1]
    while above and find(text, above) is None:  # a section that the template has not: it comes whole
        above, keys = above[:-1], above
    block = take(ours, *keys)[1]
    indent = len(block) - len(block.lstrip())
    lines = "".join(line[indent:] for line in block.splitlines(keepends=True))
    return insert(text, above, lines) if above else f"{text.rstrip()}\n\n{lines}"


def _values(text: str) -> Iterator[tuple[Keys, object]]:
    """Yield each value that is not a mapping, or an empty one, with its keys."""
    waiting: list[tuple[Keys, object]] = [((), yaml.safe_load(text) or {})]
    while waiting:
        keys, value = waiting.pop()
        if isinstance(value, dict) and (value or not keys):
            waiting += [((*keys, str(key)), below) for key, below in value.items()]
        elif keys:
            yield keys, value


def is_configuration(path: str) -> bool:
    """Whether the file holds values of the configuration."""
    return path.startswith(FOLDER) and path.endswith(ENDING)


def merge_stages(store: Store, stages: dict[int, Entry]) -> tuple[Entry, list[str]]:
    """Merge the three stages of a file; raises as `merge_values`."""
    tree: Tree = {str(stage): entry for stage, entry in stages.items()}
    texts = store.texts(tree, ["1", "2", "3"])
    text, clashes = merge_values(*(texts[stage] or "" for stage in ("1", "2", "3")))
    return Entry(stages[2].mode, store.write_blobs({"merged": text})["merged"]), clashes
