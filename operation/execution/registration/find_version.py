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
        wanted, remedy = "no version yet", f"Make the first: {configuration.command('train')}"
    elif version is None:
        wanted, remedy = "no champion", f"Make one: {configuration.command('promote --version N')} (there is: {known})"
    else:
        wanted, remedy = f"no version {version}", f"There is: {known}."
    raise OperationError(f"{configuration.model} has {wanted}. {remedy}")
