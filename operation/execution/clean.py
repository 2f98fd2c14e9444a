"""`invoke clean`: delete what runs wrote."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.backends.local.services.state import is_up
from operation.execution.configuration.loading import use_cases
from operation.execution.configuration.sections import Configuration
from operation.execution.configuration.taken_names import COMMON, OURS, WRITTEN
from operation.execution.deployment.path import alone
from operation.execution.outputs import DEPLOYMENT_LOCK, OF_CLONE, foreign, hold
from operation.execution.retention import DATA_DOCS, find_old, size
from operation.execution.steps.cache import FORMAT_FILE, Cache

REGISTRY = "mlflow"  # its models have their own copies of files, so that deleting runs harms none
SERVICES = "services"  # with the audit and the log of requests, which are as precious as the models
HISTORY = "expectations"  # of accepted data, which may be nowhere else any more
PRECIOUS = (REGISTRY, SERVICES, HISTORY)


def run(
    configuration: Configuration, registry: bool, cache: bool, days: int, megabytes: int, plan: bool = False
) -> None:
    """Delete what the options say, or show what they would; raises OperationError for one that would be passed over."""
    if plan and (cache or days or megabytes):
        raise OperationError("--plan shows the cache, too: leave out --cache, --days and --megabytes.")
    if cache and registry:
        raise OperationError("--cache deletes the cache alone, and --registry the models: give one of the two.")
    if (days or megabytes) and not cache:
        raise OperationError("--days and --megabytes limit what is deleted of the cache: give them with --cache.")
    if plan:
        show_costs(configuration, registry)
    else:
        trim_cache(configuration, days, megabytes) if cache else clean(configuration, registry)


def clean(configuration: Configuration, registry: bool) -> None:
    """Delete the use case's folders in its outputs, and nothing that others put there; the registry only if asked to.

    What all use cases share goes only with the outputs of the last one.

    Raises:
        OperationError: a command is at work, or a note on what others put there is damaged; then nothing is deleted.
    """
    outputs, common = configuration.outputs, configuration.common_outputs
    if not outputs.is_dir():
        console.say(f"There is no folder {outputs}: nothing to delete.")
        return
    with hold(outputs):  # a running command would lose files that it is about to read
        kept = {folder: foreign(folder) for folder in (outputs, common)}
        for name in OURS:
            if name == SERVICES and registry and (outputs / name).is_dir():
                _delete_services(configuration, kept[outputs])
            elif name not in PRECIOUS or registry:
                _delete_ours(outputs / name, kept[outputs], WRITTEN[name])
        using = [folder.name for folder in _others(configuration) if _holds_results(folder)]
        if using:
            again = configuration.command("clean --cache")
            console.say(f"Left what is shared with {', '.join(using)}. To delete the results: {again}")
        else:
            with _hold_others(configuration):
                for name in COMMON:
                    _delete_shared(configuration, name, kept[common])


def show_costs(configuration: Configuration, registry: bool) -> None:
    """Print what each folder costs and what becomes of it: by `invoke clean`, and by retention. Deletes nothing."""
    outputs, common = configuration.outputs, configuration.common_outputs
    kept = {folder: foreign(folder) for folder in (outputs, common)} if outputs.is_dir() else {}
    rows = [_row(outputs / name, name in kept.get(outputs, ()), name in PRECIOUS and not registry) for name in OURS]
    others = any(_holds_results(folder) for folder in _others(configuration))
    rows += [_row(common / name, name in kept.get(common, ()), others) for name in COMMON]
    columns = ("folder", "MB", "holds", "invoke clean")
    console.table("What the outputs cost", columns, list(filter(any, rows)), whole=("folder", "MB"))
    old = list(find_old(configuration, connect(configuration))) if outputs.is_dir() else []
    freed = sum(each.size for each in old) / 1e6
    console.say(f"Retention would trim {len(old)} folders, {freed:.1f} MB, after the next command that writes.")
    for each in old:
        console.say(f"  {each.folder}  {each.size / 1e6:.1f} MB")
    console.say("Nothing was deleted.")


def _row(folder: Path, foreign: bool, stays: bool) -> tuple[str, str, str, str]:
    """Describe a folder; empty texts if it is not there."""
    if not folder.is_dir():
        return ("", "", "", "")
    total, parts = size(folder), len(list(folder.glob("*/")))
    docs = sum(size(place) for place in folder.glob(f"*/validate-*/{DATA_DOCS}"))
    each = f" of {total / parts / 1e6:.1f} MB each" if parts else ""
    text = f"{console.counted(parts, 'folder')}{each}" + (f"; {docs / 1e6:.1f} MB are Data Docs" if docs else "")
    becomes = "left: of others" if foreign else "stays" if stays else "deleted"
    return str(folder), f"{total / 1e6:.1f}", text, becomes


def _delete_services(configuration: Configuration, kept: Sequence[str]) -> None:
    """Delete the services' files, unless one is up or being deployed: it could not go on."""
    folder = configuration.outputs / SERVICES
    ours = folder.name not in kept and not folder.is_symlink()
    with alone(configuration):
        up = sorted(place.name for place in folder.glob("*/") if is_up(place))
        for path in [] if up or not ours else list(_find_ours(folder, WRITTEN[SERVICES])):
            if path.name != DEPLOYMENT_LOCK:  # held: while it is, no deployment begins
                _remove(path)
    if up:
        console.say(f"Left {folder}: {', '.join(up)} is up. To end it: {configuration.command('undeploy')}")
    else:
        _delete_ours(folder, kept, (DEPLOYMENT_LOCK,))


def _others(configuration: Configuration) -> list[Path]:
    """List the outputs folders of the other use cases; a folder stays, with its lock, when its contents are deleted."""
    names = [name for name in use_cases() if name != configuration.use_case]
    return [folder for name in names if (folder := configuration.common_outputs / name).is_dir()]


def _holds_results(outputs: Path) -> bool:
    """Say whether something is left that `invoke clean` without `--registry` would delete."""
    return any(any(_find_ours(outputs / name, WRITTEN[name])) for name in OURS if name not in PRECIOUS)


@contextmanager
def _hold_others(configuration: Configuration) -> Iterator[None]:
    """Lock the outputs of every other use case: what all share is not deleted under any command at work."""
    with ExitStack() as stack:
        for folder in _others(configuration):
            stack.enter_context(hold(folder))
        yield


def _find_ours(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    return (path for pattern in patterns for path in folder.glob(pattern))


def _delete_ours(folder: Path, kept: Sequence[str], patterns: Sequence[str]) -> None:
    """Delete what has the names that commands write in the folder, and the folder if nothing else is in it."""
    if folder.name in kept:
        console.say(f"Left {folder}: it was there before this project used {folder.parent}.")
        return
    if not folder.is_symlink() and folder.is_dir():
        for path in list(_find_ours(folder, patterns)):
            _remove(path)
        if other := next(folder.iterdir(), None):
            console.say(f"Left {folder} with {other.name}, which is not of this project.")
            return
    _delete(folder)


def _delete_shared(configuration: Configuration, name: str, kept: Sequence[str]) -> None:
    """Delete a folder that all use cases share. In another outputs folder than the clone's, only the cache is ours."""
    folder = configuration.common_outputs / name
    if configuration.common_outputs.resolve() == OF_CLONE.resolve():
        _delete_ours(folder, kept, ("*",))
    elif name == "cache":
        steps = configuration.cache
        ours = steps.is_relative_to(folder) and (steps / FORMAT_FILE).is_file()
        if ours and name not in kept and not folder.is_symlink():
            Cache(steps, console.say).clear()
        _delete_ours(folder, kept, ())


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
        _remove(folder)
        console.say(f"Deleted {folder}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
