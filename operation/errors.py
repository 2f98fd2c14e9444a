"""The one error for everything the user can fix, and the interrupts that end a command."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread


class OperationError(Exception):
    """A message that names the offender, lists the choices and says what to do; shown without a traceback."""


class Ended(KeyboardInterrupt):
    """A signal asks this process to end: an interrupt that nobody is there to answer questions about."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Pass over every Ctrl-C in the body, which stops what must not outlive the command; SIGTERM still ends it."""
    if current_thread() is not main_thread():  # which alone is interrupted, and may set handlers
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which what we start would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
