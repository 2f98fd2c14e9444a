"""Say where the values come from that a compile-time expression reads: through which templates, from which lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Mapping, Node, Sequence
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expansion.template_expressions import Evaluated, Expression, Scope, Trace
from azure_pipelines_local.expressions.conversions import Value, to_boolean
from azure_pipelines_local.expressions.evaluation import evaluate
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree
from azure_pipelines_local.expressions.writing import write_tree, write_value

LOGICAL = ("and", "or", "not", "iif", "coalesce")  # whose arguments decide, each by itself
DEEPEST = 20  # steps back; no more templates can be inside one another
INDENT = "  "


@dataclass(frozen=True)
class Origins:
    """What an expansion has evaluated, and `predefined`, which says where a variable that no file defines is from."""

    trace: Trace
    predefined: Callable[[str], str]

    def event(self, found: Evaluated, depth: int = 0) -> Iterator[str]:
        """Say what the expression gave, and why."""
        word = f"{found.word} " if found.word else ""
        text = " ".join(found.expression.text.split())
        at = INDENT * depth
        taken = f" ({str(to_boolean(found.value)).lower()})" if found.word in ("if", "elseif") else ""
        taken = "" if isinstance(found.value, bool) else taken
        yield f"{at}{found.expression.place}: ${{{{ {word}{text} }}}} → {write_value(found.value)}{taken}"
        if chain := included_by(found.scope):
            yield f"{at}  included by {' → '.join(map(str, chain))}"
        yield from self.tree(found.expression.parse(_names(found.scope)), found.scope, depth + 1)

    def tree(self, tree: Tree, scope: Scope, depth: int) -> Iterator[str]:
        """Explain what the tree reads, and of `and`, `or` and the like each part."""
        if isinstance(tree, Call) and tree.function in LOGICAL:
            for each in tree.arguments:
                if not isinstance(each, Literal):
                    if isinstance(each, Call):
                        yield f"{INDENT * depth}{write_tree(each)} → {_shown(each, scope)}"
                    yield from self.tree(each, scope, depth + isinstance(each, Call))
            return
        for each in {write_tree(leaf): leaf for leaf in leaves(tree)}.values():
            yield from self.leaf(each, scope, depth)

    def leaf(self, tree: Tree, scope: Scope, depth: int) -> Iterator[str]:
        """Explain one name with its members, such as `parameters.job.name`."""
        begin = f"{INDENT * depth}{write_tree(tree)} is {_shown(tree, scope)}"
        name, *keys = path_of(tree)
        if depth > DEEPEST:
            yield begin
        elif name in scope.loops:
            yield f"{begin}, of {_each(name, scope.looped[name])}"
            yield from self.tree(scope.looped[name].parse(_names(scope)), scope, depth + 1)
        elif name == "parameters" and keys:
            yield from self._parameter(begin, keys, scope, depth)
        elif name == "variables" and keys:
            yield from self._variable(begin, keys[0], scope, depth)
        else:
            yield begin

    def _parameter(self, begin: str, keys: list[str], scope: Scope, depth: int) -> Iterator[str]:
        source = scope.origin.sources.get(keys[0].lower()) if scope.origin else None
        if source is None:
            yield f"{begin}: nothing gives it"
            return
        place = _inner(source.node, keys[1:]).place
        if not source.node.place.line:
            yield f"{begin}, from {source.node.place.file}"
            return
        yield f"{begin}, {'the default' if source.is_default else 'given'} at {place}"
        if scope.origin and scope.origin.caller and not source.is_default:
            yield from self._written(place, scope.origin.caller, depth + 1)

    def _variable(self, begin: str, key: str, scope: Scope, depth: int) -> Iterator[str]:
        name = key.lower()
        if name in scope.places:
            yield f"{begin}, defined at {scope.places[name]}"
            yield from self._written(scope.places[name], scope, depth + 1)
        elif name in scope.variables:
            yield f"{begin}, {self.predefined(name)}"
        else:
            yield f"{begin}: nothing defines it before this is compiled"

    def _written(self, holder: Place, scope: Scope, depth: int) -> Iterator[str]:
        """Explain the expressions of the text at the place, as the file saw them in which it stands."""
        found = [each for each in self.trace.evaluated if each.holder == holder]
        own = [each for each in found if each.scope.origin is scope.origin] or found
        same = [each for each in own if each.scope.loops == scope.loops] or own[:1]
        for each in {(one.expression.place, one.expression.text): one for one in same}.values():
            yield from self.event(each, depth)


def included_by(scope: Scope) -> list[Place]:
    """List the references to templates that lead to the file, the entry's first."""
    chain: list[Place] = []
    while scope.origin and scope.origin.caller and scope.origin.reference:
        chain.insert(0, scope.origin.reference)
        scope = scope.origin.caller
    return chain


def leaves(tree: Tree | None) -> Iterator[Tree]:
    """Yield the longest chains of names and members that the tree reads."""
    if isinstance(tree, Call):
        for each in tree.arguments:
            yield from leaves(each)
    elif isinstance(tree, Index):
        if len(path_of(tree)) > 1 or isinstance(tree.base, Name):
            yield tree
        else:
            yield from leaves(tree.base)
        yield from leaves(tree.key)
    elif isinstance(tree, Name):
        yield tree


def path_of(tree: Tree) -> list[str]:
    """Return the name and the literal keys that follow it, as far as they go."""
    keys: list[str] = []
    while isinstance(tree, Index):
        keys = [str(tree.key.value), *keys] if isinstance(tree.key, Literal) else []
        tree = tree.base
    return [tree.name, *keys] if isinstance(tree, Name) else [""]


def _names(scope: Scope) -> dict[str, Value]:
    return {"parameters": scope.parameters, "variables": scope.variables, **scope.loops}


def _shown(tree: Tree, scope: Scope) -> str:
    try:
        return write_value(evaluate(tree, _names(scope)))
    except ExpressionError as error:  # of a part that was not evaluated, since another had decided
        return f"not known ({error.message})"


def _each(name: str, expression: Expression) -> str:
    return f"`each {name} in {expression.text.strip()}` at {expression.place}"


def _inner(node: Node, keys: list[str]) -> Node:
    for key in keys:
        found: Node | None = None
        if isinstance(node, Mapping):
            found = node.find(key)
        elif isinstance(node, Sequence) and key.isdecimal() and int(key) < len(node.nodes):
            found = node.nodes[int(key)]
        if found is None:
            break
        node = found
    return node
