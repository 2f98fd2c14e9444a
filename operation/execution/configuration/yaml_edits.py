"""Edit YAML as people do, line by line, so that their comments and their order stay."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import yaml

from operation.errors import OperationError
from operation.execution.configuration.yaml_files import find_pair


@dataclass(frozen=True)
class Block:
    """The lines of a key and all that belongs to it: from `first` up to `end`, which is not among them."""

    first: int
    end: int
    indent: int
    flow: bool


@lru_cache(maxsize=64)  # the same text is asked for many keys, and reading it takes ten milliseconds
def _composed(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=yaml.SafeLoader)


def find(text: str, keys: Sequence[str]) -> Block | None:
    """Find the lines of a nested key; None if it is not there.

    Raises:
        yaml.YAMLError: the text is not YAML.
    """
    found = find_pair(_composed(text), keys)
    return _block(text, *found) if found else None


def _block(text: str, key: yaml.Node, value: yaml.Node) -> Block:
    lines = text.splitlines()
    first, indent = key.start_mark.line, key.start_mark.column
    in_lines = isinstance(value, yaml.CollectionNode) and not value.flow_style
    # What is written in lines of its own ends where the next key begins, or with the file.
    at_end = value.end_mark.index >= len(text)
    end = len(lines) if in_lines and at_end else value.end_mark.line + (not in_lines and value.end_mark.column > 0)
    while end > first + 1 and _is_apart(lines[end - 1], indent):  # what stands above the next key is about that
        end -= 1
    while end < len(lines) and re.match(rf" {{{indent + 1},}}#", lines[end]):  # a comment that goes on below its line
        end += 1
    flow = isinstance(value, yaml.CollectionNode) and value.flow_style is True
    return Block(first, end, indent, flow)


def _is_apart(line: str, indent: int) -> bool:
    stripped = line.strip()
    return not stripped or (stripped.startswith("#") and len(line) - len(line.lstrip()) <= indent)


def has(text: str, *keys: str) -> bool:
    """Whether the nested key is there."""
    return find(text, keys) is not None


def take(text: str, *keys: str) -> tuple[str, str]:
    """Return the text without the nested key, and the lines of that; "" if it is not there.

    Raises:
        OperationError: the key stands within { }, of which lines cannot be cut.
    """
    block = find(text, keys)
    if block is None:
        return text, ""
    lines = text.splitlines(keepends=True)
    if len(keys) > 1 and _flow_above(text, keys):
        raise _refusal(keys)
    end = block.end
    if block.indent == 0 and end < len(lines) and not lines[end].strip():
        end += 1  # the empty line that parts it from the next
    return "".join(lines[: block.first] + lines[end:]), "".join(lines[block.first : block.end])


def insert(text: str, section: Sequence[str], added: str) -> str:
    """Return the text with lines at the end of a section; they are indented as much as the keys of that.

    Raises:
        OperationError: the section is written within { }.
    """
    block = find(text, section)
    if block is None or block.flow:
        raise _refusal(section)
    lines = text.splitlines(keepends=True)
    inside = next((line for line in lines[block.first + 1 : block.end] if line.strip()), " " * (block.indent + 2))
    indent = " " * (len(inside) - len(inside.lstrip()))
    shifted = [indent + line for line in added.splitlines(keepends=True)]
    return "".join(lines[: block.end] + shifted + lines[block.end :])


def append(text: str, added: str) -> str:
    """Return the text with a section of the top below all others."""
    return f"{text.rstrip()}\n\n{added}" if text.strip() else added


def value_of(text: str, *keys: str) -> str:
    """Return the value of a nested key as it is written; "" if it is not there, or no single value."""
    node = _composed(text)
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def replace_value(text: str, other: str, keys: Sequence[str]) -> str:
    """Return the text with the value that the nested key, which is in both, has in the other; its comment stays.

    Raises:
        OperationError: the value spans lines in one of them, and the key stands within { }.
    """
    here, there = _value_node(text, keys), _value_node(other, keys)
    if all(node.start_mark.line == node.end_mark.line for node in (here, there)):
        value = other[there.start_mark.index : there.end_mark.index]
        end = here.end_mark.index
        rest = text[end:].partition("\n")[0]
        gap = len(rest) - len(rest.lstrip())
        if gap > 1:  # comments stand in a column
            wanted = gap - (len(value) - (end - here.start_mark.index))
            value, end = value + " " * max(wanted, 1), end + gap
        return text[: here.start_mark.index] + value + text[end:]
    if _flow_above(text, keys) or _flow_above(other, keys):
        raise _refusal(keys)
    block, lines = find(text, keys), text.splitlines(keepends=True)
    assert block is not None  # noqa: S101  (its value has been found)
    new = take(other, *keys)[1].splitlines(keepends=True)
    indent = len(new[0]) - len(new[0].lstrip())
    return "".join([*lines[: block.first], *(" " * block.indent + line[indent:] for line in new), *lines[block.end :]])


def _value_node(text: str, keys: Sequence[str]) -> yaml.Node:
    node = _composed(text)
    for key in keys:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  (the caller has found the key)
        node = next(value for name, value in node.value if name.value == key)
    assert node is not None  # noqa: S101
    return node


def _flow_above(text: str, keys: Sequence[str]) -> bool:
    above = find(text, keys[:-1])
    return above is not None and above.flow


def _refusal(keys: Sequence[str]) -> OperationError:
    return OperationError(f"{'.'.join(keys)} is written within {{ }}: write it in lines of its own, and run again.")
