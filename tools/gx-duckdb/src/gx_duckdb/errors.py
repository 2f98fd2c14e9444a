"""The errors of this tool."""


class GxDuckDBError(Exception):
    """A message that names the offender and says what to do; shown without a traceback."""
