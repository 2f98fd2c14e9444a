"""Evaluate texts with expressions: to what a lone expression gives, else to text.

A lone number, boolean or null is its text wherever text is wanted, and keeps its kind in a parameter of the type
`object`, as what stands there does: ChristopherHX/runner.server makes a token of that kind of it.
"""

from collections.abc import Mapping as Object
from collections.abc import Sequence as Array
from decimal import Decimal

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expansion.budget import Budget
from azure_pipelines_local.expansion.template_expressions import Expression, Scope, parts
from azure_pipelines_local.expressions.conversions import Value, to_text


def interpolate(node: Scalar, scope: Scope, budget: Budget) -> Node:
    """Evaluate the scalar's expressions; raises PipelineError if one has no value, or none that can be text."""
    found = parts(node)
    expressions = [part for part in found if isinstance(part, Expression)]
    if not expressions:
        return node
    values = {id(part): scope.evaluate(part, holder=node.place) for part in expressions}
    if len(found) == 1:  # text around it, even a blank, makes it a part of a text: measured, E03-interpolation
        whole = to_node(values[id(expressions[0])], node.place)
        budget.insert(whole, node.place)
        return whole
    texts = [part if isinstance(part, str) else _text(part, values[id(part)], budget) for part in found]
    return Scalar("".join(texts), node.place, literal=True)


def to_node(value: Value, place: Place) -> Node:
    """Convert the value to a node: itself if it came from a document, else one at the place, without expressions."""
    if isinstance(value, Mapping | Sequence):
        return value
    if isinstance(value, Object):
        pairs = [(Scalar(key, place, literal=True), to_node(each, place)) for key, each in value.items()]
        return Mapping(tuple(pairs), place)
    if isinstance(value, Array) and not isinstance(value, str):
        return Sequence(tuple(to_node(each, place) for each in value), place)
    given = value if value is None or isinstance(value, bool | Decimal) else ""
    return Scalar(to_text(value), place, literal=True, given=given)


def _text(expression: Expression, value: Value, budget: Budget) -> str:
    try:
        text = to_text(value)
    except ExpressionError as error:
        raise expression.error(error) from error
    budget.spend(expression.place, 0, len(text))
    return text
