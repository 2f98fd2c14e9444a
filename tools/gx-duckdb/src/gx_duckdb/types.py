"""The types that pandas gives the columns of a table; only DuckDB reads the table itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pandas import DataFrame

MIDNIGHT = pa.timestamp("us", tz="UTC")
HasNulls = Callable[[str], bool]  # of the column of this name


def pandas_schema(schema: pa.Schema, has_nulls: HasNulls) -> pa.Schema:
    """Make float64 of whole numbers with nulls, as pandas does, and midnight UTC of dates, lest they be objects."""
    return pa.schema([field.with_type(_pandas_type(field, has_nulls)) for field in schema])


def empty_frame(schema: pa.Schema, has_nulls: HasNulls) -> DataFrame:
    """Return a frame without rows, with the types that pandas gives a table that has them."""
    frame = schema.empty_table().to_pandas()
    # An empty boolean column does not show that it would be one of objects, for its nulls.
    objects = [field.name for field in schema if pa.types.is_boolean(field.type) and has_nulls(field.name)]
    return frame.astype(dict.fromkeys(objects, "object")) if objects else frame


def _pandas_type(field: pa.Field, has_nulls: HasNulls) -> pa.DataType:
    if pa.types.is_date(field.type):
        return MIDNIGHT
    return pa.float64() if pa.types.is_integer(field.type) and has_nulls(field.name) else field.type
