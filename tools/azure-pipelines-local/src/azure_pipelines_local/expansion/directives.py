"""Choose the bodies of `if`, `elseif`, `else`, `each` and `insert`, and their variables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Node
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.budget import Budget
from azure_pipelines_local.expansion.template_expressions import Directive, Scope
from azure_pipelines_local.expressions.conversions import Value, kind, to_boolean


@dataclass
class Chain:
    """Whether a branch of the `if` before has been taken; `checking` sees to it that there is one."""

    taken: bool = False


def bodies(found: Directive, body: Node, scope: Scope, chain: Chain, budget: Budget) -> Iterator[tuple[Node, Scope]]:
    """Yield the body as often as the directive takes it, each time with its scope."""
    if found.word == "each":
        for value in _items(found, scope.evaluate(found.expression, found.word)):
            budget.spend(found.expression.place)
            yield body, scope.with_loop(found, value)
    elif found.word == "insert" or _holds(found, scope, chain):
        yield body, scope


def _holds(found: Directive, scope: Scope, chain: Chain) -> bool:
    if found.word == "if":
        chain.taken = False
    if chain.taken:
        return False
    chain.taken = found.word == "else" or to_boolean(scope.evaluate(found.expression, found.word))
    return chain.taken


def _items(found: Directive, value: Value) -> list[Value]:
    if value is None:  # such as an optional part of a parameter: Azure Pipelines takes it as an empty array
        return []
    if isinstance(value, Mapping):
        return [{"key": key, "value": each} for key, each in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    raise PipelineError(found.expression.place, f"each needs an array or an object, not {kind(value)}.")
