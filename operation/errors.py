"""The one error for everything the user can fix."""


class OperationError(Exception):
    """A message that names the offender, lists the choices and says what to do; shown without a traceback."""
