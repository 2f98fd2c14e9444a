"""Answer a Ctrl-C that comes before a verb has begun, while Python imports: with one line and not with a traceback.

Only the standard library may be imported here, and little of it: what comes before this is not covered. The syntax
stays that of Python 3.8, as in bootstrap.py.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

INTERRUPTED = 130


def end_at_once() -> None:
    """From now on a Ctrl-C ends this process with one line; leaves it alone where something else answers one."""
    if _answers(signal.default_int_handler):  # what a shell ignores in the background stays ignored
        signal.signal(signal.SIGINT, _end)
    if hasattr(signal, "pthread_sigmask"):  # Windows has none
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def raise_again() -> None:
    """From now on a Ctrl-C is Python's own KeyboardInterrupt, for what has to clean up."""
    if _answers(_end):
        signal.signal(signal.SIGINT, signal.default_int_handler)


def delay() -> None:
    """Let a Ctrl-C wait for `end_at_once`, in the program too that this process becomes."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def is_invoke(program: str) -> bool:
    """Say whether the path of the program that runs is that of Invoke: its command, or its module."""
    from pathlib import Path  # which takes longer to import than all else here

    path = Path(program)
    return path.stem in ("invoke", "inv") or path.parent.name == "invoke"


def _answers(handler: object) -> bool:
    return signal.getsignal(signal.SIGINT) is handler


def _end(_number: int, _frame: object) -> NoReturn:
    # Not sys.exit, which an import in progress may catch; nothing has begun that would need to be cleaned up.
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"\nInterrupted before anything began.\n")
    os._exit(INTERRUPTED)
