"""Find the directives around a line of a file."""

from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.expansion.template_expressions import directive


def enclosing(node: Node, line: int) -> Iterator[Scalar]:
    """Yield the directives in whose bodies the line stands, from the outermost in; of an `else` its `if`s, too."""
    if isinstance(node, Mapping):
        yield from _in_pairs(list(node.pairs), line)
    elif isinstance(node, Sequence):
        number = max((at for at, each in enumerate(node.nodes) if each.place.line <= line), default=None)
        if number is not None:
            yield from _chain_before(node.nodes[: number + 1], line)
            yield from enclosing(node.nodes[number], line)


def _in_pairs(pairs: list[tuple[Scalar, Node]], line: int) -> Iterator[Scalar]:
    before = [(key, value) for key, value in pairs if key.place.line <= line]
    if not before:
        return
    key, value = before[-1]
    found = directive(key)
    if found is not None and key.place.line != line:
        yield from _chain([each for each, _ in before])
    yield from enclosing(value, line)


def _chain(keys: list[Scalar]) -> list[Scalar]:
    """Return the last directive, with the `if` and `elseif` before it where it is an `elseif` or `else`."""
    chain: list[Scalar] = []
    for key in reversed(keys):
        found = directive(key)
        if found is None:
            continue
        chain.insert(0, key)
        if found.word not in ("elseif", "else"):
            break
    return chain


def _chain_before(nodes: tuple[Node, ...], line: int) -> list[Scalar]:
    """Return the directives of earlier items on which the last item, an `else`, depends."""
    keys = [key for each in nodes if isinstance(each, Mapping) for key, _ in each.pairs[:1] if directive(key)]
    last = nodes[-1]
    if not keys or not isinstance(last, Mapping) or keys[-1] is not last.pairs[0][0] or keys[-1].place.line == line:
        return []
    return _chain(keys)[:-1]
