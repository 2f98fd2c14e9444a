"""`invoke models`: list the registered versions."""

from operation import console
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.registration import summary


def show_models(configuration: Configuration) -> None:
    """Print every registered version, with metrics, verdict and lineage."""
    backend = connect(configuration)
    backend.check()
    models = backend.registry.versions(configuration.model)
    if models:
        summary.show_models(configuration, models)
    else:
        first = configuration.command("train")
        console.say(f"There is no version of {configuration.model} yet. Make the first: {first}")
