"""Let signals end a run: each unwinds it in order, so that no process and no secret is left behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, `kill`, and a terminal that is closed; Windows has no SIGHUP


@contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt for SIGTERM and SIGHUP as for Ctrl-C; those that are ignored stay so, as under nohup.

    By default these two end a process at once: no `finally` would run, and processes of steps, each in a session of
    its own, would live on.
    """
    if current_thread() is not main_thread():  # Python sets handlers in no other, and no signal arrives there
        yield
        return
    numbers = [signal.Signals[name] for name in NAMES if name in signal.Signals.__members__]
    handlers = {each: signal.getsignal(each) for each in numbers if signal.getsignal(each) != signal.SIG_IGN}
    for number in handlers:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    # A terminal that closes sends SIGHUP several times, and the second would interrupt the cleaning up after the
    # first. A second Ctrl-C is meant: its user wants no waiting.
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
