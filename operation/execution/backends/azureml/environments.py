"""The environments of remote machines, kept by the workspace under a name and a version."""

from typing import TYPE_CHECKING

from operation.execution.backends.azureml.failures import call
from operation.execution.backends.azureml.translate import EnvironmentDefinition
from operation.execution.backends.azureml.workspace import Connection

if TYPE_CHECKING:
    from azureml.core import Environment


def register(connection: Connection, definition: EnvironmentDefinition) -> "Environment":
    """The registered environment; the workspace makes a new version only of a definition that it does not know."""
    from azureml.core import Environment

    made = Environment.from_conda_specification(definition.name, str(definition.file))
    return call(f"register the environment {definition.name}", lambda: made.register(connection.workspace))
