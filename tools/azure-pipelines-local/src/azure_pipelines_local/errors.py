"""The errors that this tool prints as one line each."""

from azure_pipelines_local.documents.places import Place


class PipelinesLocalError(Exception):
    """Everything the user can fix: a message that names the offender and the remedy, shown without a traceback."""


class PipelineError(PipelinesLocalError):
    """Something in a pipeline's files that is wrong, or that this tool does not support: "file:line:column: what"."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place, self.message = place, message


class ExpressionError(ValueError):
    """What is wrong with an expression, and how many characters into it."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message, self.position = message, position
