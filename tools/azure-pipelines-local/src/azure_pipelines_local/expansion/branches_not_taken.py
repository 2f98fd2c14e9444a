"""Check the expressions of a whole document, also in branches that are not taken."""

from collections.abc import Collection

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expansion.parameters import Declarations
from azure_pipelines_local.expansion.template_expressions import CONTEXTS, Directive, Expression, directive, parts
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree

WITHOUT_EXPRESSIONS = ("trigger", "pr", "schedules", "parameters")
IN_RESOURCES = ("containers", "repositories")  # the parts of `resources` that Azure Pipelines expands


def check(document: Mapping, declarations: Declarations) -> None:
    """Raise PipelineError at the first expression that cannot be evaluated whatever the values are, and at the first
    that names a parameter which the file does not declare, if it takes no others: Azure would take that as empty."""
    for key, node in document.pairs:
        if key.text.lower() in WITHOUT_EXPRESSIONS:
            _refuse_expressions(node, key.text)
        elif key.text.lower() == "resources" and isinstance(node, Mapping):
            for name, each in node.pairs:
                if name.text.lower() not in IN_RESOURCES:
                    _refuse_expressions(each, f"resources.{name.text}")
    _Checker(declarations).node(document, CONTEXTS)


def _refuse_expressions(node: Node, where: str) -> None:
    if isinstance(node, Scalar):
        if "${{" in node.text:
            raise PipelineError(node.place, f"{where} cannot hold expressions.")
        return
    nodes = node.nodes if isinstance(node, Sequence) else [each for pair in node.pairs for each in pair]
    for each in nodes:
        _refuse_expressions(each, where)


class _Checker:
    def __init__(self, declarations: Declarations) -> None:
        self.declarations = declarations

    def node(self, node: Node, names: Collection[str]) -> None:
        if isinstance(node, Scalar):
            for part in parts(node):
                if isinstance(part, Expression):
                    self.expression(part, names)
        elif isinstance(node, Sequence):
            self.sequence(node, names)
        else:
            self.pairs(node, names, after_if=False)

    def sequence(self, node: Sequence, names: Collection[str]) -> None:
        after_if = False
        for each in node.nodes:
            if isinstance(each, Mapping):
                alone = all(directive(key) for key, _ in each.pairs)
                after_if = self.pairs(each, names, after_if and alone) and alone
            else:
                self.node(each, names)
                after_if = False

    def pairs(self, node: Mapping, names: Collection[str], after_if: bool) -> bool:
        """Return whether an `elseif` or `else` could follow."""
        for key, value in node.pairs:
            found = directive(key)
            inner = names
            if found is None:
                self.node(key, names)
            else:
                inner = self.directive(found, names, after_if)
            after_if = found is not None and found.word in ("if", "elseif")
            self.node(value, inner)
        return after_if

    def directive(self, found: Directive, names: Collection[str], after_if: bool) -> Collection[str]:
        if found.word in ("elseif", "else") and not after_if:
            raise PipelineError(found.expression.place, f"{found.word} without an if or elseif right before it.")
        if found.word not in ("else", "insert"):
            self.expression(found.expression, names)
        if found.variable.lower() in {*(name.lower() for name in names), *GENERAL}:
            message = f"the name {found.variable!r} is taken; rename the variable of this `each`."
            raise PipelineError(found.expression.place, message)
        return [*names, found.variable] if found.variable else names

    def expression(self, expression: Expression, names: Collection[str]) -> None:
        self.tree(expression.parse(names), expression)

    def tree(self, tree: Tree, expression: Expression) -> None:
        if isinstance(tree, Call):
            for each in tree.arguments:
                self.tree(each, expression)
        elif isinstance(tree, Index):
            if isinstance(tree.base, Name) and tree.base.name == "parameters" and isinstance(tree.key, Literal):
                self.parameter(str(tree.key.value), expression, tree.base.position)
            for part in (tree.base, tree.key):
                if part is not None:
                    self.tree(part, expression)

    def parameter(self, name: str, expression: Expression, position: int) -> None:
        if self.declarations.closed and name.lower() not in self.declarations.declared:
            message = f"the parameter {name!r} is not declared in this file; declared: {self.declarations.known()}."
            raise expression.error(ExpressionError(message, position))
