"""Which variables compile-time expressions read: one that is not defined there is empty without a word, and some make
another pipeline of each run."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree


@dataclass(frozen=True, order=True)
class Variable:
    """A variable that an expression names, in lower case; the texts beside it in the same call are what it may be."""

    name: str
    beside: tuple[str, ...]
    may_be_empty: bool  # the expression says what holds then


@dataclass(frozen=True, order=True)
class Read:
    """A variable that was read, by the expression that stands at the place; whether it was defined then."""

    variable: Variable
    place: Place
    defined: bool


def variables(tree: Tree | None, call: Call | None = None) -> Iterator[Variable]:
    """Yield the variables that a tree, which stands in the call, names by a literal."""
    if isinstance(tree, Call):
        for each in tree.arguments:
            yield from variables(each, tree)
    elif isinstance(tree, Index):
        if isinstance(tree.base, Name) and tree.base.name == "variables" and isinstance(tree.key, Literal):
            yield _variable(str(tree.key.value), call)
        for part in (tree.base, tree.key):
            yield from variables(part)


def reads_all(tree: Tree | None) -> bool:
    """Return whether the tree reads `variables` as a whole, whose names it sees as they are written."""
    if isinstance(tree, Call):
        return any(reads_all(each) for each in tree.arguments)
    if isinstance(tree, Index):
        whole = tree.key is None or not isinstance(tree.base, Name)
        return (whole and reads_all(tree.base)) or reads_all(tree.key)
    return isinstance(tree, Name) and tree.name == "variables"


def _variable(name: str, call: Call | None) -> Variable:
    arguments = call.arguments if call else ()
    beside = tuple(str(each.value) for each in arguments if isinstance(each, Literal))
    function = call.function if call else ""
    return Variable(name.lower(), beside, function == "coalesce" or (function in ("eq", "ne") and "" in beside))
