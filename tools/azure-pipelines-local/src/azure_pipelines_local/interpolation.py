"""Texts with expressions: an array or an object if one expression is all there is and gives that, else text."""

from azure_pipelines_local.budget import Budget
from azure_pipelines_local.expressions.errors import ExpressionError
from azure_pipelines_local.expressions.values import Value, to_text
from azure_pipelines_local.nodes import Node, Scalar
from azure_pipelines_local.templating import Expression, Scope, parts
from azure_pipelines_local.values import node_of


def interpolated(node: Scalar, scope: Scope, budget: Budget) -> Node:
    """What the scalar becomes; raises PipelineError if an expression has no value, or none that can be text."""
    found = parts(node)
    expressions = [part for part in found if isinstance(part, Expression)]
    if not expressions:
        return node
    values = {id(part): scope.evaluate(part) for part in expressions}
    if len(expressions) == 1 and all(isinstance(part, Expression) or not part.strip() for part in found):
        whole = node_of(values[id(expressions[0])], node.place)
        if not isinstance(whole, Scalar):
            budget.insert(whole, node.place)
            return whole
    texts = [part if isinstance(part, str) else _text(part, values[id(part)], budget) for part in found]
    return Scalar("".join(texts), node.place, literal=True)


def _text(expression: Expression, value: Value, budget: Budget) -> str:
    try:
        text = to_text(value)
    except ExpressionError as error:
        raise expression.error(error) from error
    budget.spend(expression.place, 0, len(text))
    return text
