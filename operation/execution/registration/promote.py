"""`invoke promote`: make a registered version the champion by hand, or copy one from another environment."""

from dataclasses import dataclass

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.loading import load
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.registration.find_version import find_version
from operation.execution.registration.transfer import transfer


@dataclass(frozen=True)
class Asked:
    """What the command line says; "" where it says nothing."""

    environment: str
    use_case: str | None
    settings: tuple[str, ...]
    version: int | None
    source: str
    target: str


def run(asked: Asked) -> None:
    """Promote within an environment, or from one to another.

    Raises:
        OperationError: options contradict one another, or as `promote` and `transfer`.
    """
    if not asked.source and not asked.target:
        promote(load(asked.environment or "local", asked.settings, asked.use_case), asked.version)
        return
    if not asked.source or not asked.target:
        raise OperationError("--from and --to belong together: from which environment, and to which?")
    if asked.environment:
        raise OperationError("--environment is for a promotion within one: with --from and --to, leave it out.")
    source, target = (load(name, asked.settings, asked.use_case) for name in (asked.source, asked.target))
    transfer(source, target, asked.version)


def promote(configuration: Configuration, version: int | None) -> None:
    """Promote a version, by default the newest, overriding the gate; also used to roll back.

    Raises:
        OperationError: there is no such version.
    """
    backend = connect(configuration)
    with in_order(configuration, backend):
        versions = backend.registry.versions(configuration.model)
        newest = versions[0].version if versions else None
        model = find_version(configuration, backend.registry, version or newest)
        former = backend.registry.find(configuration.model)
        backend.registry.promote(model)
        instead = f", in place of version {former.version}" if former and former != model else ""
        console.say(f"{model.name} version {model.version} is the champion now{instead}.")
