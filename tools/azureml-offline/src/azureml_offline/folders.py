"""The folder that holds a workspace's files."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile, mkdtemp

from azureml_offline.errors import OfflineError


@contextmanager
def hold(folder: str | Path | None) -> Iterator[Path]:
    """Make the folder, and leave it with its files at the end; without one, use a temporary one.

    Raises:
        OfflineError: it cannot be made, or not be written to.
    """
    if folder is not None:
        yield _make(folder)
    else:
        temporary = Path(mkdtemp(prefix="offline-workspace-")).resolve()
        try:
            yield temporary
        finally:  # something that was killed may still be writing into it: no reason to fail where all else went well
            shutil.rmtree(temporary, ignore_errors=True)


def _make(folder: str | Path) -> Path:
    if not str(folder):
        raise OfflineError("The folder must have a name: leave out --folder for a temporary one.")
    path = Path(folder).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):  # permissions alone do not tell: the file system may be read-only
            return path
    except OSError as error:
        raise OfflineError(
            f"Cannot write to the folder {path}: {error.strerror}. Fix that, or choose another folder."
        ) from error
