"""Files: templates that a pipeline uses, and pipelines in files that nothing reads."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.documents.nodes import Node, Scalar, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding

CONTENT = ("stages", "jobs", "steps", "variables", "extends")


def other_endings(root: Path, folder: str) -> Iterator[Finding]:
    """Pipelines and templates in files that end in `.yaml`, which nothing here reads."""
    for path in sorted((root / folder).rglob("*.yaml")):
        file = path.relative_to(root).as_posix()
        document = yaml_reader.read(path, file)
        if isinstance(document, nodes.Mapping) and any(document.find(key) is not None for key in CONTENT):
            yield Finding(Place(file), "only files that end in `.yml` are checked here; rename it.")


def files_of(node: Node) -> set[str]:
    """The files that an expanded pipeline came from."""
    found = {node.place.file}
    for each in _below(node):
        found |= files_of(each)
    return found


def unused_templates(sources: Mapping[str, Node], entries: Collection[str], used: set[str]) -> Iterator[Finding]:
    """Files that no pipeline uses, so that nothing of what they hold is checked."""
    left = [*entries, *used]
    reached: set[str] = set()
    while left:
        file = left.pop()
        if file not in reached and file in sources:
            reached.add(file)
            left += _references(sources[file], posixpath.dirname(file))
    for file in sources:
        if file not in reached:
            expected = f"use or delete it; what is a pipeline itself stands directly in {file.partition('/')[0]}/."
            yield Finding(Place(file), f"no pipeline uses this file, and so nothing of it is checked; {expected}")


def _references(node: Node, folder: str) -> Iterator[str]:
    if isinstance(node, nodes.Mapping) and isinstance(reference := node.find("template"), Scalar):
        path = reference.text.removesuffix("@self")
        yield path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    for each in _below(node):
        yield from _references(each, folder)


def _below(node: Node) -> Iterator[Node]:
    if isinstance(node, nodes.Mapping):
        yield from (value for _, value in node.pairs)
    elif isinstance(node, Sequence):
        yield from node.nodes
