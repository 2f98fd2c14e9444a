"""The types of parameters, and the values that each takes.

Measured by PGielniak/azdo-pipeline-emulator, E03-parameters: which types a pipeline and a template have, and how each
takes a number, a boolean, null and nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, as_texts, kind, value
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conversions import Value, to_number

NAMES = ("environment", "filePath", "pool", "secureFile", "serviceConnection")  # of what exists in Azure DevOps
SIMPLE = ("string", "number", "boolean", *NAMES)
MAPPINGS = ("step", "job", "deployment", "stage", "container")
LISTS = tuple(f"{each}List" for each in MAPPINGS)
STRINGS = "stringList"
UNTYPED = "legacyObject"  # whose scalars are all text, as in templates of the old form `parameters: {name: default}`
COMMON = ("string", "number", "boolean", STRINGS, "object", *MAPPINGS, *LISTS)
OF_PIPELINES = (*COMMON, *NAMES)
OF_TEMPLATES = (*COMMON, UNTYPED)
MAY_BE_MAPPING = "pool"

Complete = Callable[[str, Node], Node]  # expands what a list of steps, jobs or stages has in it, given its type


def as_it_is(_type: str, node: Node) -> Node:
    """Complete nothing: for declarations that are looked at outside any expansion."""
    return node


@dataclass(frozen=True)
class Declaration:
    """One parameter; without a default a value must be given."""

    name: str
    type: str
    default: Node | None
    allowed: tuple[Node, ...]
    place: Place

    def convert(self, node: Node, complete: Complete = as_it_is) -> Value:
        """Convert the node to a value of the type, one of those allowed; raises PipelineError."""
        if self.type == STRINGS:
            return self._strings(node)
        if self.type in SIMPLE:
            return self._one_of(node)
        return value(self._structure(node, complete))

    def _strings(self, node: Node) -> Value:
        if not isinstance(node, Sequence):
            raise self.error(node, f"must be a {STRINGS}, and is {kind(node)}")
        return [self._one_of(each) for each in node.nodes]

    def _one_of(self, node: Node) -> Value:
        converted = self._simple(node)
        if self.allowed and converted not in self._values:
            shown = ", ".join(each.text for each in self.allowed if isinstance(each, Scalar))
            given = node.text if isinstance(node, Scalar) else kind(node)
            raise self.error(node, f"is {given!r:.100}, and must be one of {shown:.1000}")
        return converted

    @cached_property
    def _values(self) -> frozenset[Value]:
        return frozenset(self._simple(each) for each in self.allowed)

    def _simple(self, node: Node) -> Value:
        if self.type == MAY_BE_MAPPING and isinstance(node, Mapping):
            return node
        if not isinstance(node, Scalar):
            raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
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

    def _structure(self, node: Node, complete: Complete) -> Node:
        if self.type in MAPPINGS and not isinstance(node, Mapping):
            raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
        if self.type in LISTS:
            if not isinstance(node, Sequence):
                raise self.error(node, f"must be a {self.type}, and is {kind(node)}")
            for each in node.nodes:
                if not isinstance(each, Mapping):
                    raise self.error(each, f"must be a {self.type}, and has {kind(each)} in it")
        if self.type == UNTYPED:
            return as_texts(node)
        return complete(self.type, node) if self.type in (*MAPPINGS, *LISTS) else node

    def error(self, node: Node, message: str) -> PipelineError:
        """Say what is wrong with a value, and where the parameter is declared."""
        return PipelineError(node.place, f"the parameter {self.name!r} {message}. It is declared at {self.place}.")
