"""The one error for everything the user can fix."""

import signal


class OperationError(Exception):
    """A message that names the offender, lists the choices and says what to do; shown without a traceback."""


class Ended(KeyboardInterrupt):
    """A signal asks this process to end: an interrupt that nobody is there to answer questions about."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(signal.Signals(number).name)
        self.number = number
