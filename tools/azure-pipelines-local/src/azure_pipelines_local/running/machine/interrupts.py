"""What ends a run from outside ends it in order, so that no process and no secret is left behind."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last when a terminal is closed


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does; what is ignored, as by nohup, stays so."""
    if current_thread() is not main_thread():
        yield
        return
    known = [signal.Signals[name] for name in NAMES if name in signal.Signals.__members__]
    before = {each: signal.getsignal(each) for each in known if signal.getsignal(each) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if number != signal.SIGINT:  # a closed terminal tells so several times; a second Ctrl-C is meant
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
