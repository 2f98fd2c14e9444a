"""Keep the outputs folder small: what `retention` in the configuration says is old is deleted after a command.

Never deleted: a run whose model is registered, champion or not, for it is what the version is made again from and
judged by; a run that is not known to have ended; what serves; the registry; raw tables; decisions of monitoring.
"""

import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend
from operation.execution.configuration.loading import use_cases
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import read_json
from operation.execution.outputs import foreign, hold
from operation.execution.steps.cache import FORMAT_FILE, Cache
from operation.execution.values import VALIDATIONS

ID = re.compile(r"\d{8}-\d{6}-\d{6}(-[0-9a-f]{6})?")  # of a run, a sweep or a back-test: the time of its start
RECORDS = ("run.json", "azureml.json")  # of runs of this machine, and of a workspace
ENDED = ("completed", "failed", "cancelled")
DATA_DOCS = "data_docs"
DATABASE = "mlflow/mlflow.db"
RUNS_OF_VERSIONS = "SELECT value FROM model_version_tags WHERE key = 'run'"


@dataclass(frozen=True)
class Old:
    """A folder that is older than the configuration keeps, and its bytes."""

    folder: Path
    size: int


def trim(configuration: Configuration, backend: Backend) -> None:
    """Delete what is older than the configuration keeps; the outputs folder must be held.

    A disk or a workspace that refuses is named, and stops nothing: the command before has done its work.
    """
    try:
        old = list(find_old(configuration, backend))
        for each in old:
            shutil.rmtree(each.folder)
        freed = sum(each.size for each in old) + _trim_cache(configuration)
    except (OSError, OperationError) as error:
        console.say(f"Nothing older was trimmed: {error}")
        return
    if freed:
        folders = console.counted(len(old), "older folder")
        console.say(f"Trimmed {folders} and results of steps, {freed / 1e6:.1f} MB, by retention in the configuration.")


def find_old(configuration: Configuration, backend: Backend) -> Iterator[Old]:
    """Yield the folders that `trim` would delete: whole runs, Data Docs of runs, sweeps and back-tests.

    Raises:
        OperationError: the registry cannot be asked which runs its versions come from.
    """
    retention, outputs = configuration.retention, configuration.outputs
    kept = foreign(outputs)
    for name, count in (("sweeps", retention.sweeps), ("backtests", retention.backtests)):
        if name not in kept:
            yield from map(_measured, _beyond(outputs / name, count))
    if "runs" in kept:
        return
    runs = [folder for folder in _beyond(outputs / "runs", retention.runs) if has_ended(folder)]
    documented = [folder for folder in _beyond(outputs / "runs", retention.data_docs) if has_ended(folder)]
    needed = needed_runs(configuration, backend) if runs else set()
    whole = [folder for folder in runs if folder.name not in needed]
    yield from map(_measured, whole)
    for folder in documented:
        for place in () if folder in whole else (folder / step / DATA_DOCS for step in VALIDATIONS):
            if place.is_dir() and not place.is_symlink():
                yield _measured(place)


def needed_runs(configuration: Configuration, backend: Backend) -> set[str]:
    """Return the runs from which versions come, of the configured model and of every other in this registry."""
    found = {version.run for version in backend.registry.versions(configuration.model)}
    return found | set(_runs_in(configuration.outputs / DATABASE))


def _runs_in(database: Path) -> list[str]:
    """Ask the database of MLflow itself, whose import takes seconds."""
    if not database.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return [str(value) for (value,) in connection.execute(RUNS_OF_VERSIONS)]
    except sqlite3.Error as error:
        raise OperationError(f"{database} cannot be read: {error}.") from error


def has_ended(folder: Path) -> bool:
    """Say whether a run is known to have ended; one whose record is damaged or missing may be at work."""
    for name in RECORDS:
        with suppress(OperationError, AttributeError):
            if (folder / name).is_file():
                values: dict[str, Any] = read_json(folder / name, "")
                return (values.get("status") or values.get("run", {}).get("status")) in ENDED
    return False


def _beyond(folder: Path, count: int) -> list[Path]:
    """List the folders beyond the newest `count`, the oldest first; none if `count` is 0, which keeps all."""
    if not count or folder.is_symlink():
        return []
    there = sorted(path for path in folder.glob("*/") if ID.fullmatch(path.name) and not path.is_symlink())
    return there[:-count]


def _trim_cache(configuration: Configuration) -> int:
    """Trim the cache to its limit unless other clones share it or a command is at work; return the freed bytes."""
    limit, folder = configuration.retention.cache_megabytes, configuration.cache
    if not limit or not (folder / FORMAT_FILE).is_file() or not folder.is_relative_to(configuration.common_outputs):
        return 0
    if size(folder) <= limit * 1e6:
        return 0
    others = [configuration.common_outputs / name for name in use_cases() if name != configuration.use_case]
    with suppress(OperationError):
        return _trim_alone(Cache(folder, console.say), limit, [each for each in others if each.is_dir()])
    return 0


def _trim_alone(cache: Cache, megabytes: int, others: Collection[Path]) -> int:
    """Trim while the outputs of all other use cases are held; raises OperationError if one is at work."""
    if not others:
        return cache.trim(None, megabytes)
    first, *rest = others
    with hold(first):
        return _trim_alone(cache, megabytes, rest)


def _measured(folder: Path) -> Old:
    return Old(folder, size(folder))


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder; what links lead to counts nothing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
