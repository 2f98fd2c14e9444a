"""The errors that this tool prints as one line each."""

from azure_pipelines_local.places import Place


class PipelinesLocalError(Exception):
    """Everything the user can fix: a message that names the offender and the remedy, shown without a traceback."""


class PipelineError(PipelinesLocalError):
    """Something in a pipeline's files that is wrong, or that this tool does not support: "file:line:column: what"."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
