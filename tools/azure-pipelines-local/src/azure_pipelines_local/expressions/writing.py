"""Write trees and values of expressions as text, for people."""

import re

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import Value, to_text
from azure_pipelines_local.expressions.functions import convert_to_json
from azure_pipelines_local.expressions.signatures import CONDITION, VARIABLE
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree

LONGEST = 100  # characters of a value
PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NAMES = {"stagedependencies": "stageDependencies"}
SIGNATURES = CONDITION | VARIABLE


def write_tree(tree: Tree) -> str:
    """Write the tree as an expression, such as `eq(variables['a.b'], 'c')`."""
    if isinstance(tree, Literal):
        return str(tree.value).lower() if isinstance(tree.value, bool) else write_value(tree.value)
    if isinstance(tree, Name):
        return NAMES.get(tree.name, tree.name)
    if isinstance(tree, Call):
        signature = SIGNATURES.get(tree.function)
        name = signature.name if signature else tree.function
        return f"{name}({', '.join(map(write_tree, tree.arguments))})"
    return write_tree(tree.base) + _member(tree)


def _member(tree: Index) -> str:
    if tree.key is None:
        return ".*"
    if isinstance(tree.key, Literal) and isinstance(tree.key.value, str) and PROPERTY.fullmatch(tree.key.value):
        return f".{tree.key.value}"
    return f"[{write_tree(tree.key)}]"


def write_value(value: Value) -> str:
    """Write the value: a text in quotes, an array or an object as JSON, cut where it is long."""
    if value is None:
        return "null"
    try:
        text = to_text(value)
    except ExpressionError:
        text = re.sub(r"\s+", " ", convert_to_json(value))
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return "'" + short.replace("'", "''") + "'" if isinstance(value, str) else short
