"""The one error for everything the user can fix, and the interrupts that end a command."""

import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer, current_thread, main_thread
from types import FrameType
from typing import Any, NoReturn

ENDINGS = ("SIGTERM", "SIGHUP")  # sent by an agent that stops a job, and by a terminal that is closed
AGAIN = 0.05  # seconds
LONGEST = 120  # characters of a value in a message
CONTROL = re.compile(r"[\0-\x1f\x7f]+")


class OperationError(Exception):
    """A message that names the offender, lists the choices and says what to do; shown without a traceback."""


def shorten(text: str) -> str:
    """Cut a text that somebody gave, so that a message about it stays a line."""
    line = CONTROL.sub(" ", text)
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}... ({len(line):,} characters)"


class Ended(KeyboardInterrupt):
    """A signal asks this process to end: an interrupt that nobody is there to answer questions about."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(signal.Signals(number).name)
        self.number = number


class Watch:
    """Within it a Ctrl-C raises KeyboardInterrupt and a signal that ends this process `Ended`, and neither gets lost.

    Such an error may be raised where a compiled library calls Python. Pydantic then makes another error of it, or
    passes over it.
    """

    def __init__(self) -> None:
        """Nothing came yet."""
        self.error: KeyboardInterrupt | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Watch":
        """Begin; what is ignored, as nohup does, stays so, and what else answers a Ctrl-C goes on doing so."""
        numbers = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]  # Windows has no SIGHUP
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, *numbers)}
        if current_thread() is main_thread():  # where alone handlers can be set; a test may be in another
            answers = {number: handler in _unanswered(number) for number, handler in handlers.items()}
            self._before = {number: handler for number, handler in handlers.items() if answers[number]}
        self._hook, sys.unraisablehook = sys.unraisablehook, self._hear
        for number in self._before:
            signal.signal(number, self._raise)
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the signals to what answered them before."""
        sys.unraisablehook = self._hook
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def find_lost(self, error: BaseException) -> KeyboardInterrupt | None:
        """Return what was raised at a signal, unless the error was made of it on purpose."""
        seen: BaseException | None = error
        while seen is not None and seen is not self.error:
            seen = seen.__cause__ or seen.__context__
        return self.error if seen is None else None

    def _raise(self, number: int, _frame: FrameType | None) -> NoReturn:
        if number != signal.SIGINT:
            signal.signal(number, signal.SIG_IGN)  # a second one must not break off what stops the steps
        self.error = KeyboardInterrupt() if number == signal.SIGINT else Ended(number)
        raise self.error

    def _hear(self, unraisable: Any) -> None:
        """Raise the error once more, a moment later, where it came up in a callback and Python had to drop it."""
        if self.error is None or unraisable.exc_value is not self.error:
            self._hook(unraisable)
            return
        number = self.error.number if isinstance(self.error, Ended) else signal.SIGINT
        signal.signal(number, self._raise)
        again = Timer(AGAIN, _send, [number])
        again.daemon = True
        again.start()


def _send(number: int) -> None:
    """Send it to the main thread, whose wait it ends; raised in the timer's thread, it would be heard after that."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(main_thread().ident or 0, number)


def _unanswered(number: int) -> tuple[object, ...]:
    """Return the handlers that mean that nobody answers the signal but Python or the system."""
    return (signal.default_int_handler,) if number == signal.SIGINT else (signal.SIG_DFL, signal.default_int_handler)


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
