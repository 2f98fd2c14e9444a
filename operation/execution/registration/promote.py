"""`invoke promote`: make a registered version the champion by hand."""

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order


def promote(configuration: Configuration, version: int | None) -> None:
    """Promote a version, by default the newest, overriding the gate; also used to roll back.

    Raises:
        OperationError: there is no such version.
    """
    backend = connect(configuration)
    with in_order(configuration, backend):
        versions = backend.registry.versions(configuration.model)
        model = next((one for one in versions if version in (None, one.version)), None)
        if model is None:
            none_yet = f"none; make the first: {configuration.command('train')}"
            known = ", ".join(str(one.version) for one in versions) or none_yet
            raise OperationError(f"{configuration.model} has no version {version or 'to promote'}. There is: {known}.")
        former = backend.registry.find(configuration.model)
        backend.registry.promote(model)
        instead = f", in place of version {former.version}" if former and former != model else ""
        console.say(f"{model.name} version {model.version} is the champion now{instead}.")
