"""`invoke clean`: delete what runs wrote."""

import shutil

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import hold
from operation.execution.steps.cache import FORMAT_FILE, Cache

OURS = ("ado", "cache", "champion", "coverage", "data", "reports", "runs", "sweeps")
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


def trim_cache(configuration: Configuration, days: int, megabytes: int) -> None:
    """Delete of the cache what is older or more than that; without a limit (0), all of it.

    Raises:
        OperationError: a limit below 0, or a folder that is no cache.
    """
    folder = configuration.cache
    if min(days, megabytes) < 0:
        raise OperationError("--days and --megabytes cannot be negative. Leave them away to delete the whole cache.")
    if folder.exists() and not (folder / FORMAT_FILE).is_file():
        raise OperationError(f"{folder} is no cache of steps: it has no {FORMAT_FILE}. Mend backend.cache.")
    if days or megabytes:
        freed = Cache(folder, console.say).trim(days or None, megabytes or None)
        console.say(f"Freed {freed / 1e6:.1f} MB of {folder}")
    elif folder.exists():
        shutil.rmtree(folder)
        console.say(f"Deleted {folder}")
