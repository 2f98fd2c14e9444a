"""Find the registered version that a verb was asked for."""

from operation.errors import OperationError
from operation.execution.backends import Registry
from operation.execution.configuration.sections import Configuration
from operation.execution.values import ModelVersion


def find_version(configuration: Configuration, registry: Registry, version: int | None = None) -> ModelVersion:
    """Find that version of the model; without one, its champion.

    Raises:
        OperationError: it is not there; the message names the versions that are, and the command that makes one.
    """
    if model := registry.find(configuration.model, version):
        return model
    known = ", ".join(str(one.version) for one in registry.versions(configuration.model))
    if not known:
        first = configuration.command("train")
        raise OperationError(f"There is no version of {configuration.model} yet. Make the first: {first}")
    if version is None:
        promote = configuration.command("promote --version N")
        raise OperationError(
            f"{configuration.model} has no champion. Name a version with --version N (there is: {known}), "
            f"or make one the champion: {promote}"
        )
    raise OperationError(f"{configuration.model} has no version {version}. There is: {known}.")
