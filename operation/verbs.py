"""How a task ends: what the user can mend is one clear message and exit code 1, never a traceback."""

import errno
from collections.abc import Callable
from functools import wraps
from typing import Any

from invoke.exceptions import Exit
from invoke.tasks import Task, task

from operation.errors import OperationError

# Machines, not programs, are at fault here: full disks, forbidden or read-only folders.
MENDABLE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
INTERRUPTED = 130
REPEATED = ("set_", "parameter")  # the arguments that a command line may give more than once


def verb(**help_texts: str) -> Callable[[Callable[..., None]], Task[Any]]:
    """An Invoke task with a help text for each argument, whose errors are told as messages."""

    def decorate(body: Callable[..., None]) -> Task[Any]:
        iterable = [name for name in help_texts if name in REPEATED]
        return task(help=help_texts, iterable=iterable)(_told(body))  # type: ignore[no-any-return]

    return decorate


def _told(body: Callable[..., None]) -> Callable[..., None]:
    @wraps(body)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            body(*arguments, **options)
        except OperationError as error:
            raise Exit(str(error), code=1) from error
        except KeyboardInterrupt as error:
            raise Exit("Interrupted: the steps at work were stopped.", code=INTERRUPTED) from error
        except OSError as error:
            if error.errno not in MENDABLE:
                raise
            raise Exit(f"{error.strerror}: {error.filename}. Make room or permit it, and run again.", code=1) from error

    return run
