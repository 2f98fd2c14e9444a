"""`invoke clean`: delete what runs wrote."""

import shutil

from operation import console
from operation.execution.configuration import Configuration
from operation.execution.workspace import hold

REGISTRY = "mlflow"


def clean(configuration: Configuration, registry: bool) -> None:
    """Delete the outputs folder's content; the registry, whose models have their own files there, only when asked."""
    with hold(configuration.outputs):
        for path in sorted(configuration.outputs.iterdir()):
            if path.name == ".lock" or (path.name == REGISTRY and not registry):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            console.say(f"Deleted {path}")
