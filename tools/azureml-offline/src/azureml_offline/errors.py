"""The one error for everything the user can fix."""


class OfflineError(Exception):
    """A message that names the offender and says what to do; shown without a traceback."""
