"""The `${{ }}` of a file as it stands, also in branches that no expansion takes."""

from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Node, Scalar, Sequence
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expansion.template_expressions import Expression, directive, parts
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import Tree, parse


def source_expressions(node: Node, names: tuple[str, ...]) -> Iterator[tuple[Expression, Tree]]:
    """Yield each expression that parses, in values, keys and directives, with its tree."""
    if isinstance(node, Scalar):
        for part in parts(node):
            if isinstance(part, Expression) and (tree := _parsed(part, names)):
                yield part, tree
    elif isinstance(node, Sequence):
        for each in node.nodes:
            yield from source_expressions(each, names)
    else:
        for key, value in node.pairs:
            found = directive(key)
            if found is None:
                yield from source_expressions(key, names)
            elif tree := _parsed(found.expression, names):
                yield found.expression, tree
            yield from source_expressions(value, (*names, found.variable) if found and found.variable else names)


def _parsed(expression: Expression, names: tuple[str, ...]) -> Tree | None:
    """Parse the expression; None if it is invalid, which expansion reports."""
    try:
        return parse(expression.text, GENERAL, names) if expression.text.strip() else None
    except (ExpressionError, PipelineError):
        return None
