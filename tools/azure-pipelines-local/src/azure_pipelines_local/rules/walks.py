"""Walks over expressions, and over what depends on what."""

from collections.abc import Iterator, Mapping

from azure_pipelines_local.expressions.syntax import Call, Index, Tree


def nodes(tree: Tree | None) -> Iterator[Tree]:
    """Yield the tree and all below it."""
    if tree is None:
        return
    yield tree
    below = tree.arguments if isinstance(tree, Call) else (tree.base, tree.key) if isinstance(tree, Index) else ()
    for each in below:
        yield from nodes(each)


def transitive(graph: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    """List all that one depends on, directly or not."""
    found: list[str] = []
    left = list(graph[name])
    while left:
        each = left.pop()
        if each not in found:
            found.append(each)
            left += graph[each]
    return found
