"""The environments of remote machines, kept by the workspace under a name and a version."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from operation.execution.backends.azureml.job_definition import EnvironmentDefinition, read_environment
from operation.execution.backends.azureml.workspace import Connection
from operation.execution.json_files import read_json, write_json

if TYPE_CHECKING:
    from azureml.core import Environment


def register(connection: Connection, definition: EnvironmentDefinition) -> "Environment":
    """Register the environment; the workspace makes a new version only of a definition that it does not know."""
    from azureml.core import Environment

    made = Environment.from_conda_specification(definition.name, str(definition.file))
    return connection.call(f"register the environment {definition.name}", lambda: made.register(connection.workspace))


class Environments:
    """The environments of one workspace. `memory` is the file that remembers which were registered from here."""

    def __init__(self, connection: Connection, memory: Path) -> None:
        """Touch nothing yet."""
        self._connection, self._memory = connection, memory

    def set_up(self, files: Sequence[Path]) -> Iterator[str]:
        """Register the environments of the conda files; yield a line with the version of each."""
        for file in files:
            made = self.register(read_environment(file))
            yield f"environment {made.name}, version {made.version}"

    def register(self, definition: EnvironmentDefinition) -> "Environment":
        """Register the environment and remember its version."""
        registered = register(self._connection, definition)
        self._memory.parent.mkdir(parents=True, exist_ok=True)  # the first command may be `invoke setup`
        write_json(self._memory, {**self._known(), self._key(definition): registered.version})
        return registered

    def version(self, definition: EnvironmentDefinition) -> str | None:
        """Return the version that it was registered as from here; None if it was not, as far as is remembered."""
        return self._known().get(self._key(definition))

    def _key(self, definition: EnvironmentDefinition) -> str:
        """Combine the workspace as the configuration names it, known without asking, with the definition's hash."""
        settings = self._connection.settings
        digest = hashlib.sha256(definition.file.read_bytes()).hexdigest()
        return f"{settings.subscription_id}/{settings.resource_group}/{settings.workspace}/{definition.name}/{digest}"

    # What is remembered may be wrong, for others register too. It is only shown in a plan, which must ask nobody.
    def _known(self) -> dict[str, str]:
        return read_json(self._memory) if self._memory.is_file() else {}
