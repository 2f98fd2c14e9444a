"""Parameters that a pipeline or a template declares, and the values given to them."""

from collections.abc import Iterable
from collections.abc import Mapping as Object
from dataclasses import dataclass
from functools import cached_property

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind, value
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conversions import Value, to_number

NAMES = ("environment", "filePath", "pool", "secureFile", "serviceConnection")  # of what exists in Azure DevOps
SIMPLE = ("string", "number", "boolean", *NAMES)
MAPPINGS = ("step", "job", "deployment", "stage")
LISTS = tuple(f"{each}List" for each in MAPPINGS)
TYPES = (*SIMPLE, "object", *MAPPINGS, *LISTS)
KEYS = ("name", "displayName", "type", "default", "values")
UNTYPED = "legacyObject"  # of templates in the old form `parameters: {name: default}`


@dataclass(frozen=True)
class Declaration:
    """One parameter; without a default a value must be given."""

    name: str
    type: str
    default: Node | None
    allowed: tuple[Node, ...]
    place: Place

    def convert(self, node: Node) -> Value:
        """Convert the node to a value of the type, one of those allowed; raises PipelineError."""
        converted = self._convert(node)
        if self.allowed and converted not in self._values:
            shown = ", ".join(str(value(each)) for each in self.allowed)
            raise self.error(node, f"is {value(node)!r:.100}, and must be one of {shown:.1000}")
        return converted

    @cached_property
    def _values(self) -> frozenset[Value]:
        return frozenset(self._convert(each) for each in self.allowed)

    def _convert(self, node: Node) -> Value:
        if self.type in SIMPLE:
            if not isinstance(node, Scalar):
                raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
            return self._simple(node)
        if self.type in MAPPINGS and not isinstance(node, Mapping):
            raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
        if self.type in LISTS:
            if not isinstance(node, Sequence):
                raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
            for each in node.nodes:
                if not isinstance(each, Mapping):
                    raise self.error(each, f"must be a {self.type}, and has {kind(each)} in it")
        return value(node)

    def _simple(self, node: Scalar) -> Value:
        if self.type == "boolean":
            if node.text.lower() not in ("true", "false"):
                raise self.error(node, f"must be true or false, and is {node.text!r:.100}")
            return node.text.lower() == "true"
        if self.type == "number":
            try:
                return to_number(node.text or "none")
            except ExpressionError:
                raise self.error(node, f"must be a number, and is {node.text!r:.100}") from None
        return node.text

    def error(self, node: Node, message: str) -> PipelineError:
        return PipelineError(node.place, f"the parameter {self.name!r} {message}. It is declared at {self.place}.")


@dataclass(frozen=True)
class Declarations:
    """What a document declares, by names in lower case."""

    declared: dict[str, Declaration]
    closed: bool  # whether other parameters are refused

    def bind(self, given: Object[str, tuple[Scalar, Node]], place: Place) -> dict[str, Value]:
        """Return each parameter's value, given by name or the default; `given` has the keys too, for their places.

        Raises:
            PipelineError: a value is missing, unexpected or of the wrong type; what is missing is missing at `place`.
        """
        self.refuse_others(key for key, _ in given.values())
        others = {key.text: (key, node) for name, (key, node) in given.items() if name not in self.declared}
        bound: dict[str, Value] = {name: value(node) for name, (_, node) in others.items()}
        for name, declaration in self.declared.items():
            node = given[name][1] if name in given else declaration.default
            if node is None:
                raise PipelineError(place, f"a value for the parameter {declaration.name!r} is missing.")
            bound[declaration.name] = declaration.convert(node)
        return bound

    def refuse_others(self, keys: Iterable[Scalar]) -> None:
        """Raise PipelineError at the first key that is not declared, unless others are taken, too."""
        for key in keys:
            if self.closed and key.text.lower() not in self.declared:
                raise PipelineError(key.place, f"unexpected parameter {key.text!r}; declared: {self.known()}.")

    def known(self) -> str:
        """List the names, for messages."""
        return ", ".join(each.name for each in self.declared.values()) or "none"


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
        found = [_declaration(each) for each in (node.nodes if isinstance(node, Sequence) else ())]
    else:
        raise PipelineError(node.place, f"a sequence of parameters is expected, not {kind(node)}.")
    declared: dict[str, Declaration] = {}
    for each in found:
        if each.name.lower() in declared:
            raise PipelineError(each.place, f"the parameter {each.name!r} is declared twice.")
        declared[each.name.lower()] = each
    return Declarations(declared, closed=entry or isinstance(node, Sequence))


def _declaration(node: Node) -> Declaration:
    if not isinstance(node, Mapping):
        raise PipelineError(node.place, f"`name: …` of a parameter is expected, not {kind(node)}.")
    for key, _ in node.pairs:
        if key.text not in KEYS:
            raise PipelineError(key.place, f"unknown key {key.text!r} of a parameter; known: {', '.join(KEYS)}.")
    name, type_, values = node.find("name"), node.find("type") or Scalar("string", node.place), node.find("values")
    if not isinstance(name, Scalar) or not name.text:
        raise PipelineError(node.place, "a parameter needs a name.")
    if not isinstance(type_, Scalar) or type_.text not in TYPES:
        raise PipelineError(type_.place, f"{value(type_)!r} is not a supported type; supported: {', '.join(TYPES)}.")
    if values is not None and not (isinstance(values, Sequence) and type_.text in SIMPLE):
        raise PipelineError(values.place, f"`values` is a sequence, for the types {', '.join(SIMPLE)}.")
    allowed = values.nodes if isinstance(values, Sequence) else ()
    return Declaration(name.text, type_.text, node.find("default"), allowed, name.place)
