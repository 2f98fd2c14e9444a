"""`invoke clean`: delete what runs wrote."""

import shutil

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import hold
from operation.execution.steps.cache import FORMAT_FILE, Cache

OURS = ("ado", "cache", "champion", "coverage", "data", "reports", "runs", "sweeps")
REGISTRY = "mlflow"  # its models have their own copies of files, so that deleting runs harms none


def clean(configuration: Configuration, registry: bool) -> None:
    """Delete our folders in the outputs folder, and nothing that others put there; the registry only if asked to."""
    with hold(configuration.outputs):  # a running command would lose files that it is about to read
        for name in (*OURS, REGISTRY) if registry else OURS:
            folder = configuration.outputs / name
            if folder.exists():
                shutil.rmtree(folder)
                console.say(f"Deleted {folder}")


def trim_cache(configuration: Configuration, days: int, megabytes: int) -> None:
    """Delete cached results unused for `days`, and the longest unused beyond `megabytes`; without limits (0), all.

    Raises:
        OperationError: a limit is negative, or the folder is not a cache.
    """
    folder = configuration.cache
    if min(days, megabytes) < 0:
        raise OperationError("--days and --megabytes must not be negative. Leave them out to delete the whole cache.")
    # backend.cache may be any path: a mistyped one must not cost somebody a folder.
    if folder.exists() and not (folder / FORMAT_FILE).is_file():
        raise OperationError(f"{folder} is not a cache of steps: it has no {FORMAT_FILE}. Fix backend.cache.")
    if days or megabytes:
        freed = Cache(folder, console.say).trim(days or None, megabytes or None)
        console.say(f"Freed {freed / 1e6:.1f} MB of {folder}")
    elif folder.exists():
        shutil.rmtree(folder)
        console.say(f"Deleted {folder}")
