"""Predict the types that pandas would give a table's columns, without loading the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pandas import DataFrame

MIDNIGHT = pa.timestamp("us", tz="UTC")
HasNulls = Callable[[str], bool]  # takes the name of a column


def pandas_schema(schema: pa.Schema, has_nulls: HasNulls) -> pa.Schema:
    """Turn whole numbers with nulls into float64, as pandas does, and dates into midnight UTC, lest they be objects."""
    return pa.schema([field.with_type(_pandas_type(field, has_nulls)) for field in schema])


def empty_frame(schema: pa.Schema, has_nulls: HasNulls) -> DataFrame:
    """Make a frame without rows that has the types which pandas gives a table with rows."""
    frame = schema.empty_table().to_pandas()
    # pandas makes objects of booleans with nulls, which an empty column cannot show.
    objects = [field.name for field in schema if pa.types.is_boolean(field.type) and has_nulls(field.name)]
    return frame.astype(dict.fromkeys(objects, "object")) if objects else frame


def _pandas_type(field: pa.Field, has_nulls: HasNulls) -> pa.DataType:
    if pa.types.is_date(field.type):
        return MIDNIGHT
    return pa.float64() if pa.types.is_integer(field.type) and has_nulls(field.name) else field.type
