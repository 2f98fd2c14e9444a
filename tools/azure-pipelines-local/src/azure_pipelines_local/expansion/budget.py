"""Limit how large an expansion may become: templates can grow without end."""

from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError

MAXIMUM_NODES = 100_000
MAXIMUM_CHARACTERS = 10_000_000  # Azure Pipelines takes 20 MB of memory
MAXIMUM_DEPTH = 100
MAXIMUM_WORK = 1_000_000  # values that expressions work through, in about as many microseconds


class Budget:
    """What is left of the limits."""

    def __init__(self) -> None:
        self.nodes, self.characters, self.work = MAXIMUM_NODES, MAXIMUM_CHARACTERS, MAXIMUM_WORK

    def spend(self, place: Place, nodes: int = 1, characters: int = 0) -> None:
        """Raise PipelineError if not so much is left."""
        self.nodes -= nodes
        self.characters -= characters
        if self.nodes < 0 or self.characters < 0:
            limits = f"{MAXIMUM_NODES:,} values or {MAXIMUM_CHARACTERS:,} characters"
            raise PipelineError(place, f"the expanded pipeline has more than {limits}.")

    def evaluate(self, weight: int) -> None:
        """Raise ExpressionError if expressions may not work through so much more."""
        self.work -= weight
        if self.work < 0:
            raise ExpressionError(f"all expressions together work through more than {MAXIMUM_WORK:,} values.")

    def insert(self, node: Node, place: Place, depth: int = 0) -> None:
        """Spend what a value that is inserted whole has in it, and refuse one that is too deep."""
        if depth > MAXIMUM_DEPTH:
            raise PipelineError(place, f"more than {MAXIMUM_DEPTH} nested mappings and sequences.")
        if isinstance(node, Scalar):
            self.spend(place, 1, len(node.text))
            return
        self.spend(place)
        for each in [value for _, value in node.pairs] if isinstance(node, Mapping) else node.nodes:
            self.insert(each, place, depth + 1)
