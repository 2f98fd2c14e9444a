"""Expand a document: replace its expressions, directives and templates by what they give."""

from dataclasses import dataclass, field

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.budget import MAXIMUM_DEPTH, Budget
from azure_pipelines_local.expansion.directives import Chain, bodies
from azure_pipelines_local.expansion.inclusion import find_template, inner_scope
from azure_pipelines_local.expansion.interpolation import interpolate
from azure_pipelines_local.expansion.normal_form import normalize
from azure_pipelines_local.expansion.positions import DATA, ITEMS, OWN_VARIABLES, VARIABLES, child
from azure_pipelines_local.expansion.template_expressions import Scope, directive
from azure_pipelines_local.expansion.template_files import Library

Pairs = dict[str, tuple[Scalar, Node]]  # by keys in lower case
LISTED = {"step": "steps", "job": "jobs", "deployment": "jobs", "stage": "stages", "container": "containers"}


@dataclass
class Expander:
    """Expand nodes; a node's `position` is what it is in a pipeline (`structure`)."""

    templates: Library
    budget: Budget = field(default_factory=Budget)
    depth: int = 0

    def expand(self, node: Node, scope: Scope, position: str) -> Node:
        """Expand the node until nothing in it is left to replace; raises PipelineError."""
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise PipelineError(node.place, f"more than {MAXIMUM_DEPTH} nested mappings and sequences.")
        self.budget.spend(node.place)
        if isinstance(node, Scalar):
            expanded = self.scalar(node, scope)
            if position != DATA and not isinstance(expanded, Scalar):
                expanded = self.expand(expanded, scope, position)
        elif isinstance(node, Sequence):
            expanded = Sequence(tuple(self.sequence(node, scope, position)), node.place)
        else:
            expanded = Mapping(tuple(self.pairs(node, scope.own(position), position).values()), node.place)
        wanted = (Sequence, Mapping) if position == VARIABLES else Sequence
        if position in ITEMS and not isinstance(expanded, wanted):
            raise PipelineError(expanded.place, f"a sequence of {position} is expected, not {kind(expanded)}.")
        self.depth -= 1
        return expanded

    def scalar(self, node: Scalar, scope: Scope) -> Node:
        return interpolate(node, scope, self.budget)

    def sequence(self, node: Sequence, scope: Scope, position: str) -> list[Node]:
        expanded: list[Node] = []
        chain = Chain()
        for each in node.nodes:
            if isinstance(each, Mapping) and each.pairs and all(directive(key) for key, _ in each.pairs):
                expanded += self.splice(each, scope, position, chain)
            elif isinstance(each, Mapping):
                item = ITEMS.get(position, DATA)
                expanded += self.item(self.pairs(each, scope.own(item), item), each, scope, position)
            else:
                expanded += self.plain_item(each, scope, position)
        return expanded

    def plain_item(self, node: Node, scope: Scope, position: str) -> list[Node]:
        """Flatten an array that an expression gives; one that stands in the document stays."""
        expanded = self.scalar(node, scope) if isinstance(node, Scalar) else self.expand(node, scope, DATA)
        if isinstance(node, Scalar) and not isinstance(expanded, Scalar):
            whole = expanded if isinstance(expanded, Sequence) else Sequence((expanded,), node.place)
            return self.sequence(whole, scope, position) if position != DATA else list(whole.nodes)
        if position in ITEMS:
            raise PipelineError(expanded.place, f"a {ITEMS[position]} is expected, not {kind(expanded)}.")
        self.budget.spend(node.place)
        return [expanded]

    def splice(self, node: Mapping, scope: Scope, position: str, chain: Chain) -> list[Node]:
        """Expand an item of directives alone: splice in their sequences, make one item of their mappings."""
        expanded: list[Node] = []
        pairs: Pairs = {}
        scope = scope.own(ITEMS.get(position, DATA))
        for key, value in node.pairs:
            found = directive(key)
            for body, inner in bodies(found, value, scope, chain, self.budget) if found else ():
                taken = self.scalar(body, inner) if isinstance(body, Scalar) else body
                if isinstance(taken, Scalar):
                    raise PipelineError(taken.place, "a sequence or a mapping is expected under a directive.")
                if isinstance(taken, Sequence) and found and found.word == "insert":  # into the item, not into the list
                    raise PipelineError(taken.place, "a mapping is expected under insert, not a sequence.")
                if isinstance(taken, Sequence):
                    expanded += self.nodes(taken, inner, position)
                else:
                    self.merge(taken, inner, ITEMS.get(position, DATA), pairs, {})
        return expanded + (self.item(pairs, node, scope, position) if pairs else [])

    def nodes(self, node: Node, scope: Scope, position: str) -> list[Node]:
        """Expand the node to the items that it becomes in a list."""
        expanded = self.expand(node, scope, position)
        if isinstance(expanded, Mapping):  # of variables
            return [_named_variable(name, value) for name, value in expanded.pairs]
        return list(expanded.nodes) if isinstance(expanded, Sequence) else []

    def item(self, pairs: Pairs, node: Mapping, scope: Scope, position: str) -> list[Node]:
        """Return the mapping, or the content of the template that it refers to."""
        self.budget.spend(node.place)
        mapping = Mapping(tuple(pairs.values()), node.place)
        if position in ITEMS and mapping.find("template") is not None:
            return self.include(mapping, scope, position)
        if position == VARIABLES:
            scope.define(mapping.find("name"), mapping.find("value"))
        return [mapping]

    def include(self, mapping: Mapping, scope: Scope, position: str) -> list[Node]:
        template = find_template(mapping, self.templates, scope, position)
        inner = inner_scope(template, mapping, scope, self.complete)
        depth, self.depth = self.depth, 0  # of each file by itself, as Azure Pipelines counts it
        found = self.nodes(template.part(position), inner, position)
        self.depth = depth
        return found

    def complete(self, type_: str, node: Node, scope: Scope) -> Node:
        """Expand the templates in a value of a type such as stepList or job, and write its short forms out."""
        word = type_.removesuffix("List")
        position = LISTED[word]
        whole = node if isinstance(node, Sequence) else Sequence((node,), node.place)
        items = self.nodes(whole, scope, position) if position in ITEMS else list(whole.nodes)
        normal = [normalize(each, position, word) for each in items]
        if word != type_:
            return Sequence(tuple(normal), node.place)
        if len(normal) != 1:
            raise PipelineError(node.place, f"one {word} is expected, and the template has {len(normal)}.")
        return normal[0]

    def pairs(self, node: Mapping, scope: Scope, position: str) -> Pairs:
        """Expand the pairs, a stage's or a job's own variables first, wherever they are, for the rest to read them."""
        pairs: Pairs = {}
        own = [value for key, value in node.pairs if key.text == VARIABLES and position in OWN_VARIABLES]
        # By identity: the same nodes are met again below, and must not be expanded, and counted, twice.
        ready = {id(value): self.expand(value, scope, VARIABLES) for value in own}
        self.merge(node, scope, position, pairs, ready)
        return pairs

    def merge(self, node: Mapping, scope: Scope, position: str, pairs: Pairs, ready: dict[int, Node]) -> None:
        chain = Chain()
        for key, value in node.pairs:
            found = directive(key)
            if found is None:
                self.pair(key, value, scope, position, pairs, ready)
                continue
            for body, inner in bodies(found, value, scope, chain, self.budget):
                taken = self.scalar(body, inner) if isinstance(body, Scalar) else body
                if not isinstance(taken, Mapping):
                    raise PipelineError(taken.place, f"a mapping is expected under a directive, not {kind(taken)}.")
                self.merge(taken, inner, position, pairs, ready)

    def pair(self, key: Scalar, value: Node, scope: Scope, position: str, pairs: Pairs, ready: dict[int, Node]) -> None:
        name = self.scalar(key, scope)
        if not isinstance(name, Scalar):
            raise PipelineError(key.place, f"a key must be text, not {kind(name)}.")
        if name.text.lower() in pairs:
            raise PipelineError(key.place, f"the key {name.text!r} appears twice (case does not count).")
        expanded = ready.get(id(value))
        if expanded is None:
            expanded = self.expand(value, scope, child(position, name.text))
        if position == VARIABLES:
            if not isinstance(expanded, Scalar):
                raise PipelineError(expanded.place, f"a variable's value must be text, not {kind(expanded)}.")
            scope.define(name, expanded)
        pairs[name.text.lower()] = (name, expanded)


def _named_variable(name: Scalar, value: Node) -> Mapping:
    """Write `name: value` in the form that variables have in a list."""
    pairs = ((Scalar("name", name.place), name), (Scalar("value", name.place), value))
    return Mapping(pairs, name.place)
