"""Answer a Ctrl-C that comes before a verb has begun, while Python imports: with one line and not with a traceback.

Only the standard library may be imported here, and little of it: what comes before this is not covered. The syntax
stays that of Python 3.8, as in bootstrap.py.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

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


class Watch:
    """Whether a Ctrl-C came while a verb was at work, whatever its KeyboardInterrupt has become since.

    Compiled libraries make another error of it, Pydantic a SchemaError: that would look like a bug of ours.
    """

    def __init__(self) -> None:
        """Nothing came yet."""
        self.interrupted = False

    def __enter__(self) -> Watch:
        """Begin; what else answers a Ctrl-C goes on doing so."""
        self._mine = _answers(signal.default_int_handler)
        try:
            if self._mine:
                signal.signal(signal.SIGINT, self._raise)
        except ValueError:  # in another thread than the main one, which alone is interrupted
            self._mine = False
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave a Ctrl-C to Python again."""
        if self._mine:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _raise(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        signal.default_int_handler(number, frame)


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
