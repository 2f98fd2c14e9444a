"""`invoke clean`: delete what runs wrote."""

import shutil

from operation import console
from operation.execution.configuration import Configuration
from operation.execution.workspace import hold

OURS = ("cache", "champion", "coverage", "data", "reports", "runs")
REGISTRY = "mlflow"


def clean(configuration: Configuration, registry: bool) -> None:
    """Delete our folders in the outputs folder, and nothing that others put there.

    The registry, whose models have their own files, goes only when asked.
    """
    with hold(configuration.outputs):
        for name in (*OURS, REGISTRY) if registry else OURS:
            folder = configuration.outputs / name
            if folder.exists():
                shutil.rmtree(folder)
                console.say(f"Deleted {folder}")
