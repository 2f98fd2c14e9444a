"""Read the values of a mapping, each as what it must be."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.model.pipeline import Boolean, Entry, Number

TRUE, FALSE = ("true", "y", "yes", "on"), ("false", "n", "no", "off")  # as Azure Pipelines has them, in any case
AT_RUN_TIME = re.compile(r"\$\(|\$\[")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def nearest(name: str, known: Iterable[str]) -> str:
    """End a message about an unknown name: with the nearest one, or all there are."""
    names = list(dict.fromkeys(known))
    lower = {each.lower(): each for each in names}
    begun = [
        each for each in lower if len(name) > 2 and (each.startswith(name.lower()) or name.lower().startswith(each))
    ]
    close = begun[:1] or get_close_matches(name.lower(), lower, n=1)
    return f"did you mean {lower[close[0]]!r}?" if close else f"known: {', '.join(names) or 'none'}."


def known_keys(node: Mapping, known: Collection[str], what: str) -> None:
    """Raise PipelineError at the first key that `what`, such as "a job", does not have."""
    for key, _ in node.pairs:
        if key.text not in known:
            raise PipelineError(key.place, f"{what} has no key {key.text!r}; {nearest(key.text, known)}")


def mapping(node: Node, what: str) -> Mapping:
    """Require a mapping."""
    if not isinstance(node, Mapping):
        raise PipelineError(node.place, f"{what} must be a mapping, not {kind(node)}{_empty(node)}.")
    return node


def items(node: Node, what: str) -> tuple[Node, ...]:
    """Require a sequence, and return its nodes; nothing has none."""
    if isinstance(node, Scalar) and not node.text:
        return ()
    if not isinstance(node, Sequence):
        raise PipelineError(node.place, f"{what} must be a sequence, not {kind(node)}.")
    return node.nodes


def scalar(node: Node, what: str) -> Scalar:
    """Require text."""
    if not isinstance(node, Scalar):
        raise PipelineError(node.place, f"{what} must be text, not {kind(node)}.")
    return node


def text(node: Mapping, key: str) -> Scalar | None:
    """Read the text under the key, if there is one."""
    found = node.find(key)
    return None if found is None else scalar(found, f"`{key}`")


def name(node: Mapping, key: str) -> str:
    """Read a name: letters, digits and underscores, as Azure Pipelines requires; may be empty."""
    found = text(node, key)
    if found is None or not found.text:
        return ""
    if not NAME.fullmatch(found.text):
        expected = "letters, digits and underscores, not beginning with a digit, are expected"
        of = "step" if key == "name" else key
        raise PipelineError(found.place, f"{found.text!r} cannot be the name of a {of}; {expected}.")
    return found.text


def texts(node: Node, what: str) -> tuple[Scalar, ...]:
    """Read one text or a sequence of them."""
    if isinstance(node, Scalar):
        return (node,) if node.text else ()
    return tuple(scalar(each, f"an item of {what}") for each in items(node, what))


def boolean(node: Mapping, key: str, default: bool) -> Boolean:
    """Read the boolean under the key."""
    found = text(node, key)
    if found is None or AT_RUN_TIME.search(found.text):
        return default if found is None else found
    if found.text.lower() not in TRUE + FALSE:
        raise PipelineError(found.place, f"`{key}` must be true or false, not {found.text!r}.")
    return found.text.lower() in TRUE


def fixed_boolean(node: Mapping, key: str, default: bool) -> bool:
    """Read the boolean under a key that takes no `$( )`."""
    found = boolean(node, key, default)
    if isinstance(found, Scalar):
        raise PipelineError(found.place, f"`{key}` must be true or false, not {found.text!r}.")
    return found


def number(node: Mapping, key: str, default: Number | None = None) -> Number | None:
    """Read the whole number, at least 0, under the key."""
    found = text(node, key)
    if found is None or AT_RUN_TIME.search(found.text):
        return default if found is None else found
    if not re.fullmatch(r"\d{1,6}", found.text, re.ASCII):
        raise PipelineError(found.place, f"`{key}` must be a whole number, at least 0, not {found.text!r}.")
    return int(found.text)


def condition(node: Mapping) -> Scalar:
    """Read the condition, which must parse; `succeeded()` where there is none."""
    found = text(node, "condition")
    if found is None or not found.text.strip():
        return Scalar("succeeded()", node.place, literal=True)
    if found.text.strip().startswith("$["):
        raise PipelineError(found.place, f"a condition is written without $[ ]: {found.text:.200}")
    try:
        parse(found.text, CONDITION, RUNTIME_NAMES)
    except ExpressionError as error:
        raise PipelineError(found.place, f"{error.message} In the condition: {found.text.strip():.200}") from error
    return found


def entries(node: Mapping, key: str) -> tuple[Entry, ...]:
    """Read the pairs of texts under the key."""
    found = node.find(key)
    if found is None or (isinstance(found, Scalar) and not found.text):
        return ()
    pairs = mapping(found, f"`{key}`").pairs
    return tuple(Entry(each, scalar(value, f"`{each.text}`")) for each, value in pairs)


def once(seen: dict[str, Place], called: str, place: Place, what: str) -> None:
    """Raise PipelineError if something else has the name; case does not count."""
    if called.lower() in seen:
        raise PipelineError(place, f"{what} {called!r} appears twice; the other is at {seen[called.lower()]}.")
    seen[called.lower()] = place


def _empty(node: Node) -> str:
    return " without content (is what belongs to it indented?)" if isinstance(node, Scalar) and not node.text else ""
