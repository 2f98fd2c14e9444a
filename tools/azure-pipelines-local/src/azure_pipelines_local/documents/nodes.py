"""The nodes of a YAML document, each with its place: scalars, sequences and mappings.

To expressions a sequence is an array and a mapping is an object: their items are nodes, or the values of scalars.
"""

import collections.abc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from azure_pipelines_local.documents.kinds import Plain, plain_value
from azure_pipelines_local.documents.places import Place


@dataclass(frozen=True)
class Scalar:
    """Text as it is written, and the value that expressions see of it inside an `object`."""

    text: str
    place: Place
    expressions: tuple[Place, ...] = ()  # where each `${{` of the text stands
    literal: bool = False  # whether it is the result of an expansion, in which `${{` means nothing any more
    plain: bool = False  # whether it is unquoted, so that it may be a number, a boolean or null
    given: Plain = ""  # the number, boolean or null that an expression gave, of which it is the text; else nothing

    @cached_property
    def value(self) -> Plain:
        """Return its value: text, unless it is unquoted and looks like something else, or an expression gave that."""
        if self.given != "":
            return self.given
        return plain_value(self.text) if self.plain else self.text


@dataclass(frozen=True, eq=False)
class Sequence(collections.abc.Sequence[Any]):
    """Nodes in their order."""

    nodes: tuple["Node", ...]
    place: Place

    def __getitem__(self, index: Any) -> Any:
        return value(self.nodes[index])

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def size(self) -> int:
        """Count its nodes, with those inside it."""
        return 1 + sum(size(node) for node in self.nodes)


@dataclass(frozen=True, eq=False)
class Mapping(collections.abc.Mapping[str, Any]):
    """Keys and nodes in their order. Only keys with expressions, such as `${{ else }}`, can stand more than once."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    place: Place

    def __getitem__(self, key: str) -> Any:
        """Return what expressions see under the key, in the same case; `find` takes any."""
        name, node = self._by_name[key.lower()]
        if name.text != key:
            raise KeyError(key)
        return value(node)

    def __iter__(self) -> Iterator[str]:
        return (key.text for key, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def find(self, key: str) -> "Node | None":
        """Find the node under the key, in whatever case it is written."""
        return self._by_name[key.lower()][1] if key.lower() in self._by_name else None

    def key(self, key: str) -> Scalar:
        """Find the key as it stands in the document."""
        return self._by_name[key.lower()][0]

    @cached_property
    def size(self) -> int:
        """Count its nodes, with those inside it."""
        return 1 + sum(size(node) for _, node in self.pairs)

    @cached_property
    def _by_name(self) -> dict[str, tuple[Scalar, "Node"]]:
        return {name.text.lower(): (name, node) for name, node in reversed(self.pairs)}


Node = Scalar | Sequence | Mapping


def size(node: Node) -> int:
    """Count its nodes, with those inside it."""
    return 1 if isinstance(node, Scalar) else node.size


def value(node: Node) -> Plain | Sequence | Mapping:
    """Convert the node to what expressions see."""
    return node.value if isinstance(node, Scalar) else node


def as_texts(node: Node) -> Node:
    """Copy the node with every scalar in it as text, whatever it looks like."""
    if isinstance(node, Scalar):
        if not node.plain and node.given == "":
            return node
        return replace(node, text="" if node.value is None else node.text, plain=False, given="")
    if isinstance(node, Sequence):
        return Sequence(tuple(as_texts(each) for each in node.nodes), node.place)
    return Mapping(tuple((key, as_texts(each)) for key, each in node.pairs), node.place)


def plain(node: Node) -> Any:
    """Convert the node to text, lists and dictionaries."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(each) for each in node.nodes]
    return {key.text: plain(each) for key, each in node.pairs}


def kind(node: Node) -> str:
    """Name the kind of the node, for messages."""
    return {Scalar: "text", Sequence: "a sequence", Mapping: "a mapping"}[type(node)]
