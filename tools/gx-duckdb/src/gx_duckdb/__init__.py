"""Great Expectations' checks computed by DuckDB on parquet files, within bounded memory."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gx_duckdb.postponed import postpone

if TYPE_CHECKING:
    from gx_duckdb.engine import DuckDBDatasource
    from gx_duckdb.errors import GxDuckDBError, QueryError, UnreadableError
    from gx_duckdb.expectations import ExpectQueryValueToBeBetween
    from gx_duckdb.rows import Resources, Rows, open_rows, query_value

__all__ = [
    "DuckDBDatasource",
    "ExpectQueryValueToBeBetween",
    "GxDuckDBError",
    "QueryError",
    "Resources",
    "Rows",
    "UnreadableError",
    "open_rows",
    "query_value",
]

MODULES = {
    "DuckDBDatasource": "engine",
    "ExpectQueryValueToBeBetween": "expectations",
    "GxDuckDBError": "errors",
    "QueryError": "errors",
    "Resources": "rows",
    "Rows": "rows",
    "UnreadableError": "errors",
    "open_rows": "rows",
    "query_value": "rows",
}
NEEDING_GREAT_EXPECTATIONS = {"engine", "expectations"}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use: Great Expectations takes seconds to import, DuckDB a good part of one."""
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if MODULES[name] in NEEDING_GREAT_EXPECTATIONS:
        postpone()
    return getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
