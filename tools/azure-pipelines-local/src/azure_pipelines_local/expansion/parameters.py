"""Parameters that a pipeline or a template declares, and the values given to them."""

from collections.abc import Iterable
from collections.abc import Mapping as Object
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, as_texts, kind, value
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.parameter_types import (
    OF_PIPELINES,
    OF_TEMPLATES,
    UNTYPED,
    Complete,
    Declaration,
    as_it_is,
)
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.expressions.evaluation import Closed

KEYS = ("name", "displayName", "type", "default", "values")


@dataclass(frozen=True)
class Source:
    """The node from which a parameter has its value, and whether that is its default."""

    node: Node
    is_default: bool


@dataclass(frozen=True)
class Declarations:
    """What a document declares, by names in lower case."""

    declared: dict[str, Declaration]
    closed: bool  # whether other parameters are refused

    def bind(
        self,
        given: Object[str, tuple[Scalar, Node]],
        place: Place,
        complete: Complete = as_it_is,
    ) -> dict[str, Value]:
        """Return each parameter's value, given by name or the default.

        Args:
            given: Keys, for their places, and values by names in lower case.
            place: Where a value that is missing is missing.
            complete: Expands lists of steps, jobs and stages.

        Raises:
            PipelineError: a value is missing, unexpected or of the wrong type.
        """
        self.refuse_others(key for key, _ in given.values())
        others = {key.text: (key, node) for name, (key, node) in given.items() if name not in self.declared}
        bound: dict[str, Value] = {name: value(as_texts(node)) for name, (_, node) in others.items()}
        for name, declaration in self.declared.items():
            node = given[name][1] if name in given else declaration.default
            if node is None:
                raise PipelineError(place, f"a value for the parameter {declaration.name!r} is missing.")
            bound[declaration.name] = declaration.convert(node, complete)
        return Closed(bound, self.undeclared) if self.closed else bound

    def sources(self, given: Object[str, tuple[Scalar, Node]]) -> dict[str, Source]:
        """Return where each parameter that has a value has it from, by names in lower case."""
        defaults = {name: each.default for name, each in self.declared.items() if each.default is not None}
        found = {name: Source(node, is_default=True) for name, node in defaults.items()}
        return found | {name: Source(node, is_default=False) for name, (_, node) in given.items()}

    def refuse_others(self, keys: Iterable[Scalar]) -> None:
        """Raise PipelineError at the first key that is not declared, unless others are taken, too."""
        for key in keys:
            if self.closed and key.text.lower() not in self.declared:
                raise PipelineError(key.place, f"unexpected parameter {key.text!r}; declared: {self.known()}.")

    def known(self) -> str:
        """List the names, for messages."""
        return ", ".join(each.name for each in self.declared.values()) or "none"

    def undeclared(self, name: str) -> str:
        """Say that an expression names a parameter that is not declared; nothing if it may."""
        if not self.closed or name.lower() in self.declared:
            return ""
        return f"the parameter {name!r} is not declared in this file; declared: {self.known()}."


def declarations(document: Mapping, entry: bool) -> Declarations:
    """Read what the document declares.

    As in Azure Pipelines, a template takes other parameters, too, if its own have the old form, or if it has none.

    Raises:
        PipelineError: a declaration is wrong; defaults are looked at when they are used.
    """
    node = document.find("parameters")
    if not entry and (node is None or isinstance(node, Mapping)):
        pairs = node.pairs if isinstance(node, Mapping) else ()
        found = [Declaration(key.text, UNTYPED, default, (), key.place) for key, default in pairs]
    elif node is None or isinstance(node, Sequence):
        types = OF_PIPELINES if entry else OF_TEMPLATES
        found = [_declaration(each, types) for each in (node.nodes if isinstance(node, Sequence) else ())]
    else:
        raise PipelineError(node.place, f"a sequence of parameters is expected, not {kind(node)}.")
    declared: dict[str, Declaration] = {}
    for each in found:
        if each.name.lower() in declared:
            raise PipelineError(each.place, f"the parameter {each.name!r} is declared twice.")
        declared[each.name.lower()] = each
    if entry:
        declared = {name.text.lower(): _payload(name) for name in _webhooks(document)} | declared
    return Declarations(declared, closed=entry or isinstance(node, Sequence))


def _webhooks(document: Mapping) -> list[Scalar]:
    """List the names of the webhooks that may start the pipeline."""
    resources = document.find("resources")
    found = resources.find("webhooks") if isinstance(resources, Mapping) else None
    nodes = found.nodes if isinstance(found, Sequence) else ()
    names = [node.find("webhook") for node in nodes if isinstance(node, Mapping)]
    return [name for name in names if isinstance(name, Scalar)]


def _payload(name: Scalar) -> Declaration:
    """Declare the parameter that holds what a webhook sends: nothing in a run that another thing has started."""
    return Declaration(name.text, "object", Mapping((), name.place), (), name.place)


def _declaration(node: Node, types: tuple[str, ...]) -> Declaration:
    if not isinstance(node, Mapping):
        raise PipelineError(node.place, f"`name: …` of a parameter is expected, not {kind(node)}.")
    for key, _ in node.pairs:
        if key.text not in KEYS:
            raise PipelineError(key.place, f"unknown key {key.text!r} of a parameter; known: {', '.join(KEYS)}.")
    name, type_, values = node.find("name"), node.find("type") or Scalar("string", node.place), node.find("values")
    if not isinstance(name, Scalar) or not name.text:
        raise PipelineError(node.place, "a parameter needs a name.")
    if not isinstance(type_, Scalar) or type_.text not in types:
        raise PipelineError(type_.place, _wrong_type(type_, types))
    if values is not None and not isinstance(values, Sequence):
        raise PipelineError(values.place, f"`values` must be a sequence, not {kind(values)}.")
    allowed = values.nodes if isinstance(values, Sequence) else ()
    return Declaration(name.text, type_.text, node.find("default"), allowed, name.place)


def _wrong_type(node: Node, types: tuple[str, ...]) -> str:
    given = node.text if isinstance(node, Scalar) else kind(node)
    if given in (*OF_PIPELINES, *OF_TEMPLATES):
        elsewhere, instead = ("a pipeline", "string") if given in OF_PIPELINES else ("a template", "object")
        return f"{given!r} is a type of parameters of {elsewhere} alone; write {instead} here."
    return f"{given!r} is not a supported type; supported: {', '.join(types)}."
