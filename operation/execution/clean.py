"""`invoke clean`: delete what runs wrote."""

import shutil
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import OURS, foreign, hold
from operation.execution.steps.cache import FORMAT_FILE, Cache

REGISTRY = "mlflow"  # its models have their own copies of files, so that deleting runs harms none


def run(configuration: Configuration, registry: bool, cache: bool, days: int, megabytes: int) -> None:
    """Delete what the options say; raises OperationError for one that would be passed over."""
    if cache and registry:
        raise OperationError("--cache deletes the cache alone, and --registry the models: give one of the two.")
    if (days or megabytes) and not cache:
        raise OperationError("--days and --megabytes limit what is deleted of the cache: give them with --cache.")
    trim_cache(configuration, days, megabytes) if cache else clean(configuration, registry)


def clean(configuration: Configuration, registry: bool) -> None:
    """Delete our folders in the outputs folder, and nothing that others put there; the registry only if asked to."""
    outputs = configuration.outputs
    if not outputs.is_dir():
        console.say(f"There is no folder {outputs}: nothing to delete.")
        return
    with hold(outputs):  # a running command would lose files that it is about to read
        kept = foreign(outputs)
        for folder in (outputs / name for name in OURS if registry or name != REGISTRY):
            if folder.name in kept:
                console.say(f"Left {folder}: it was there before this project used {outputs}.")
            else:
                _delete(folder)


def trim_cache(configuration: Configuration, days: int, megabytes: int) -> None:
    """Delete cached results unused for `days`, and the longest unused beyond `megabytes`; without limits (0), all.

    Raises:
        OperationError: a limit is negative, or the folder is not a cache.
    """
    folder = configuration.cache
    if min(days, megabytes) < 0:
        raise OperationError("--days and --megabytes must not be negative. Leave them out to delete the whole cache.")
    if not folder.exists():
        return
    # backend.cache may be any path: a mistyped one must not cost somebody a folder.
    if not (folder / FORMAT_FILE).is_file():
        raise OperationError(f"{folder} is not a cache of steps: it has no {FORMAT_FILE}. Fix backend.cache.")
    with hold(configuration.outputs):
        cache = Cache(folder, console.say)
        if days or megabytes:
            freed = cache.trim(days or None, megabytes or None)
            console.say(f"Freed {freed / 1e6:.1f} MB of {folder}")
        else:
            cache.clear()
            console.say(f"Deleted {folder}")


def _delete(folder: Path) -> None:
    if folder.is_symlink():  # somebody keeps the folder on another disk, and may use it for more
        folder.unlink()
        console.say(f"Removed the link {folder}; what it leads to stays.")
    elif folder.exists():
        shutil.rmtree(folder)
        console.say(f"Deleted {folder}")
