"""References to templates that are not there, in branches that are not taken too."""

from collections.abc import Iterator
from pathlib import Path

from operation.ado.findings import Finding
from operation.ado.nodes import Mapping, Node, Scalar, Sequence
from operation.ado.structure import DATA, ITEMS, PIPELINE, child
from operation.ado.templates import missing, resolved
from operation.ado.templating import directive

EXTENDS = "extends"
LISTS = {item: name for name, item in ITEMS.items()}


def missing_templates(document: Node, root: Path) -> Iterator[Finding]:
    """A finding, in the words of the expansion, for each literal reference within the repository that leads nowhere.

    Raises:
        PipelineError: a reference leads out of the repository, or something is no directive.
    """
    for reference in _references(document, PIPELINE):
        if "${{" not in reference.text:
            file = resolved(reference)
            if "@" not in file and not (root / file).is_file():
                yield Finding(reference.place, missing(file))


def _references(node: Node, position: str) -> Iterator[Scalar]:
    """The texts under `template` where a template can stand; elsewhere they are data."""
    if isinstance(node, Sequence):
        for each in node.nodes:
            yield from _references(each, ITEMS.get(position, DATA))
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            if key.text == "template" and position in (*LISTS, EXTENDS) and isinstance(value, Scalar):
                yield value
            yield from _references(value, _below(position, key, value))


def _below(position: str, key: Scalar, value: Node) -> str:
    if directive(key):  # a list under it is one like that in which it stands
        return LISTS.get(position, position) if isinstance(value, Sequence) else position
    return EXTENDS if position == PIPELINE and key.text == EXTENDS else child(position, key.text)
