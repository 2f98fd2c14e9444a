"""`invoke clean`: delete what runs wrote."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.configuration.loading import use_cases
from operation.execution.configuration.sections import Configuration
from operation.execution.configuration.taken_names import COMMON, OURS
from operation.execution.outputs import foreign, hold
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
    """Delete the use case's folders in its outputs, and nothing that others put there; the registry only if asked to.

    What all use cases share goes only with the outputs of the last one.
    """
    outputs = configuration.outputs
    if not outputs.is_dir():
        console.say(f"There is no folder {outputs}: nothing to delete.")
        return
    with hold(outputs):  # a running command would lose files that it is about to read
        _delete_ours(outputs, [name for name in OURS if registry or name != REGISTRY])
        using = [folder.name for folder in _others(configuration) if _holds_results(folder)]
        if using:
            again = configuration.command("clean --cache")
            console.say(f"Left what is shared with {', '.join(using)}. To delete the results: {again}")
        else:
            with _hold_others(configuration):
                _delete_ours(configuration.common_outputs, COMMON)


def _others(configuration: Configuration) -> list[Path]:
    """List the outputs folders of the other use cases; a folder stays, with its lock, when its contents are deleted."""
    names = [name for name in use_cases() if name != configuration.use_case]
    return [folder for name in names if (folder := configuration.common_outputs / name).is_dir()]


def _holds_results(outputs: Path) -> bool:
    """Say whether something is left that `invoke clean` without `--registry` would delete."""
    return any((outputs / name).exists() for name in OURS if name != REGISTRY)


@contextmanager
def _hold_others(configuration: Configuration) -> Iterator[None]:
    """Lock the outputs of every other use case: what all share is not deleted under any command at work."""
    with ExitStack() as stack:
        for folder in _others(configuration):
            stack.enter_context(hold(folder))
        yield


def _delete_ours(outputs: Path, names: Sequence[str]) -> None:
    kept = foreign(outputs)
    for folder in (outputs / name for name in names):
        if folder.name in kept:
            console.say(f"Left {folder}: it was there before this project used {outputs}.")
        else:
            _delete(folder)


def trim_cache(configuration: Configuration, days: int, megabytes: int) -> None:
    """Delete cached results unused for `days`, and the longest unused beyond `megabytes`; without limits (0), all.

    Raises:
        OperationError: a limit is negative, the folder is not a cache, or a command of any use case is at work.
    """
    folder = configuration.cache
    if min(days, megabytes) < 0:
        raise OperationError("--days and --megabytes must not be negative. Leave them out to delete the whole cache.")
    if not folder.exists():
        return
    # backend.cache may be any path: a mistyped one must not cost somebody a folder.
    if not (folder / FORMAT_FILE).is_file():
        raise OperationError(f"{folder} is not a cache of steps: it has no {FORMAT_FILE}. Fix backend.cache.")
    with hold(configuration.outputs), _hold_others(configuration):
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
