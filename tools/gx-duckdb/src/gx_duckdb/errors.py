"""The errors of this package."""


class GxDuckDBError(Exception):
    """A message that names the offender and the remedy; to be shown without a traceback."""


class QueryError(GxDuckDBError):
    """A query of an expectation that DuckDB refuses, as one on a column that is missing."""


class UnreadableError(GxDuckDBError):
    """A table whose file is missing, empty or damaged."""
