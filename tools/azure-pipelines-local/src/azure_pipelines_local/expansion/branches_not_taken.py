"""Check the expressions of a whole document, also in branches that are not taken."""

from collections.abc import Collection

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.template_expressions import CONTEXTS, Directive, Expression, directive, parts
from azure_pipelines_local.expressions.signatures import GENERAL


def check(document: Mapping) -> None:
    """Raise PipelineError at the first expression that cannot be evaluated whatever the values are."""
    _Checker().node(document, CONTEXTS)


class _Checker:
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
            if isinstance(each, Mapping) and each.pairs and all(directive(key) for key, _ in each.pairs):
                after_if = self.pairs(each, names, after_if)
            else:
                self.node(each, names)

    def pairs(self, node: Mapping, names: Collection[str], after_if: bool) -> bool:
        """Return whether an `elseif` or `else` could follow: what is not a directive may stand between."""
        for key, value in node.pairs:
            found = directive(key)
            inner = names
            if found is None:
                self.node(key, names)
            else:
                inner = self.directive(found, names, after_if)
                after_if = found.word in ("if", "elseif")
            self.node(value, inner)
        return after_if

    def directive(self, found: Directive, names: Collection[str], after_if: bool) -> Collection[str]:
        if found.word in ("elseif", "else") and not after_if:
            message = f"{found.word} without an if or elseif before it; only what is not a directive may stand between."
            raise PipelineError(found.expression.place, message)
        if found.word not in ("else", "insert"):
            self.expression(found.expression, names)
        if found.variable.lower() in {*(name.lower() for name in names), *GENERAL}:
            message = f"the name {found.variable!r} is taken; rename the variable of this `each`."
            raise PipelineError(found.expression.place, message)
        return [*names, found.variable] if found.variable else names

    def expression(self, expression: Expression, names: Collection[str]) -> None:
        expression.parse(names)
