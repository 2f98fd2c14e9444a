"""Nodes from the values of expressions."""

from collections.abc import Mapping as Object
from collections.abc import Sequence as Array

from azure_pipelines_local.expressions.values import Value, to_text
from azure_pipelines_local.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.places import Place


def node_of(value: Value, place: Place) -> Node:
    """The value as a node: itself if it came from a document, else one at the place. `${{` means nothing in it."""
    if isinstance(value, Mapping | Sequence):
        return value
    if isinstance(value, Object):
        pairs = [(Scalar(key, place, literal=True), node_of(each, place)) for key, each in value.items()]
        return Mapping(tuple(pairs), place)
    if isinstance(value, Array) and not isinstance(value, str):
        return Sequence(tuple(node_of(each, place) for each in value), place)
    return Scalar(to_text(value), place, literal=True)


def named_variable(name: Scalar, value: Node) -> Mapping:
    """`name: value` in the form that variables have in a list."""
    pairs = ((Scalar("name", name.place), name), (Scalar("value", name.place), value))
    return Mapping(pairs, name.place)
