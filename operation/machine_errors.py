"""Say in words what this machine has refused: a full disk, a folder without permission, a database that is held."""

import errno
import os
import re
import shutil
from collections.abc import Iterator

from operation.errors import shorten

# Errors of the machine and not of the program: full disks, files that may not grow, folders without permission.
FIXABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO}
# A file where a folder belongs, or the other way round, links that lead in circles.
MISPLACED = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP}
FIXABLE_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")  # and what begins so
BUSY_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED")
REMEDY = "Free some space or allow it, and run again."


def refused_by_machine(error: BaseException) -> str | None:
    """Say what this machine refused, with the remedy; None if the error is about something else."""
    if isinstance(error, shutil.Error):
        return next(filter(None, map(refused_by_machine, _of_copies(error))), None)
    if isinstance(error, OSError) and error.errno in FIXABLE:
        said = f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
        return f"{said}. {REMEDY}"
    if isinstance(error, OSError) and error.errno in MISPLACED and error.filename:
        return f"{error.strerror}: {error.filename}. Move it away or rename it, and run again."
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG and error.filename:
        return f"{error.strerror}: {shorten(str(error.filename))}. Choose a shorter one."
    name = str(getattr(error, "sqlite_errorname", ""))  # sqlite3 itself is slow to import
    if name.startswith(FIXABLE_SQLITE):
        return f"SQLite cannot use its database: {error}. {REMEDY}"
    if name.startswith(BUSY_SQLITE):
        return f"SQLite cannot use its database: {error}. Wait until the other program has ended, then run again."
    return None


def _of_copies(error: shutil.Error) -> Iterator[OSError]:
    """Yield what stopped the copies of single files, of which `shutil.copytree` keeps the words alone."""
    failures = error.args[0] if error.args and isinstance(error.args[0], list) else []
    for _, copy, why in failures:
        if found := re.match(r"\[Errno (\d+)\]", str(why)):
            number = int(found[1])
            yield OSError(number, os.strerror(number), str(copy))
