"""How a task ends: what the user can mend is one clear message and exit code 1, never a traceback."""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from invoke.exceptions import Exit
from invoke.tasks import Task, task

from operation.errors import OperationError

# Machines, not programs, are at fault here: full disks, forbidden or read-only folders.
MENDABLE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
INTERRUPTED = 130
UNREAD = 141  # what shells say of a program whose reader has gone
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
            with _quiet_when_unread():
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


@contextmanager
def _quiet_when_unread() -> Iterator[None]:
    """End without a word once nobody reads what is printed any more, as in `invoke ado --check | head -1`."""
    try:
        try:
            yield
        finally:
            print(end="", flush=True)  # now, and not when the interpreter ends: then it could not be told any more
    except BrokenPipeError:
        if not _is_unread():  # a pipe to another program has broken
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Exit(code=UNREAD) from None


def _is_unread() -> bool:
    try:
        print(flush=True)  # an empty line, if anybody is there, above the traceback that follows
    except BrokenPipeError:
        return True
    return False
