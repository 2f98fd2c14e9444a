"""The places where Azure Pipelines evaluates nothing, and takes an expression only if all of it is one quoted text.

Measured by PGielniak/azdo-pipeline-emulator: E03-parameters/default-expression*, E03-walk/pos-expr-in-trigger,
pos-if-in-trigger and pos-if-in-resources-repositories.
"""

from dataclasses import replace

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.template_expressions import Expression, directive, parts
from azure_pipelines_local.expressions.syntax import Literal

LITERAL = ("trigger", "pr", "schedules", "parameters")
EXPANDED_RESOURCES = ("containers", "repositories")  # the parts of `resources` that Azure Pipelines expands
WITHOUT_DIRECTIVES = "repositories"


def fold_literals(document: Mapping) -> Mapping:
    """Replace `${{ 'text' }}` by the text in triggers, declarations of parameters and most of `resources`.

    Raises:
        PipelineError: there is any other expression, or a directive among the repositories.
    """
    return Mapping(tuple((key, _top_level(key.text.lower(), node)) for key, node in document.pairs), document.place)


def _top_level(key: str, node: Node) -> Node:
    if key in LITERAL:
        return _fold(node, key)
    if key != "resources" or not isinstance(node, Mapping):
        return node
    for name, each in node.pairs:
        if name.text.lower() == WITHOUT_DIRECTIVES:
            _refuse_directives(each)
    pairs = ((name, each if _is_expanded(name) else _fold(each, f"resources.{name.text}")) for name, each in node.pairs)
    return Mapping(tuple(pairs), node.place)


def _is_expanded(name: Scalar) -> bool:
    return name.text.lower() in EXPANDED_RESOURCES or directive(name) is not None


def _fold(node: Node, where: str) -> Node:
    if isinstance(node, Sequence):
        return Sequence(tuple(_fold(each, where) for each in node.nodes), node.place)
    if isinstance(node, Mapping):
        for key, _ in node.pairs:
            if "${{" in key.text:
                raise PipelineError(key.place, f"{where} cannot hold expressions.")
        return Mapping(tuple((key, _fold(each, where)) for key, each in node.pairs), node.place)
    return _text(node, where) if "${{" in node.text else node


def _text(node: Scalar, where: str) -> Scalar:
    found = parts(node)
    only = found[0] if len(found) == 1 else ""
    tree = only.parse(()) if isinstance(only, Expression) and only.text.strip().startswith("'") else None
    if not isinstance(tree, Literal):
        expected = "a value is expected, or ${{ }} around one quoted text"
        raise PipelineError(node.place, f"{where} cannot hold expressions; {expected}.")
    return replace(node, text=str(tree.value), expressions=(), literal=True, plain=False)


def _refuse_directives(node: Node) -> None:
    for each in node.nodes if isinstance(node, Sequence) else (node,):
        for key in (key for key, _ in each.pairs) if isinstance(each, Mapping) else ():
            if directive(key) is not None:
                message = (
                    "a directive is not allowed among the repositories; write them out, or in an extended template."
                )
                raise PipelineError(key.place, message)
