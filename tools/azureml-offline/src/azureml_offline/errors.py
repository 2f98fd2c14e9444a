"""The error for everything that the user can fix."""


class OfflineError(Exception):
    """A message that names the offender and the remedy; shown without a traceback."""
