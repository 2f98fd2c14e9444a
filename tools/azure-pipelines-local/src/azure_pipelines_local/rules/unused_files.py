"""Templates that no pipeline uses, and the endings of files."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

from azure_pipelines_local.documents import nodes
from azure_pipelines_local.documents.nodes import Node, Scalar, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.rules.cases import Overview, SourceFile


def other_endings(source: SourceFile) -> Iterator[Finding]:
    """Find files that end in `.yaml`, where all others end in `.yml`."""
    if source.name.endswith(".yaml"):
        yield Finding(Place(source.name), "pipelines and templates end in `.yml`; rename it.")


def source_files(node: Node) -> set[str]:
    """Collect the files that an expanded pipeline came from."""
    found = {node.place.file}
    for each in _below(node):
        found |= source_files(each)
    return found


def unused_templates(source: SourceFile) -> Iterator[Finding]:
    """Find files that no pipeline uses, so that nothing of what they hold is checked."""
    overview = source.overview
    if not overview.refused and source.name not in _used(overview):
        folder = source.name.partition("/")[0]
        expected = f"use or delete it; pipelines themselves are directly in {folder}/."
        yield Finding(Place(source.name), f"no pipeline uses this file, and so nothing of it is checked; {expected}")


@lru_cache(maxsize=1)
def _used(overview: Overview) -> set[str]:
    return reached(overview.documents, [*overview.entries, *overview.used])


def reached(documents: Mapping[str, Node], starts: Collection[str]) -> set[str]:
    """Follow literal references to templates from the files named `starts`."""
    left, found = [*starts], set[str]()
    while left:
        file = left.pop()
        if file not in found and file in documents:
            found.add(file)
            left += references(documents[file], posixpath.dirname(file))
    return found


def references(node: Node, folder: str) -> Iterator[str]:
    """Yield the files that the node names as templates, from the root of the repository.

    What it gives a template as parameters, is included by that, and so names files as they are seen from there.
    """
    if not isinstance(node, nodes.Mapping) or not isinstance(reference := node.find("template"), Scalar):
        for each in _below(node):
            yield from references(each, folder)
        return
    path = reference.text.replace("\\", "/").removesuffix("@self")
    file = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
    yield file
    for each in _below(node):
        yield from references(each, "" if "@" in file else posixpath.dirname(file))
        yield from _from_root(each)


def _from_root(node: Node) -> Iterator[str]:
    """Yield the files that stand in parameters with `@self`, which are seen from the root."""
    reference = node.find("template") if isinstance(node, nodes.Mapping) else None
    if isinstance(reference, Scalar) and reference.text.lower().endswith("@self"):
        yield posixpath.normpath(reference.text.replace("\\", "/")[: -len("@self")]).lstrip("/")
    for each in _below(node):
        yield from _from_root(each)


def _below(node: Node) -> Iterator[Node]:
    if isinstance(node, nodes.Mapping):
        yield from (value for _, value in node.pairs)
    elif isinstance(node, Sequence):
        yield from node.nodes
