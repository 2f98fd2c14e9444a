"""The one error of this room."""

from operation.ado.places import Place
from operation.errors import OperationError


class PipelineError(OperationError):
    """Something in a pipeline's files that is wrong, or that this room does not take: "file:line:column: what"."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
