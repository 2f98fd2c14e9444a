"""Give columns one type each, whatever wrote the file, where that loses nothing.

`unify` needs the table alone: any whole number becomes int64, any other number float64, text string, and a time
timestamp[us, tz=UTC]; NaN becomes null. `fit` then converts columns to the types that the table's suite names, as whole
numbers stored as floats to int64. What does not fit stays as it is, and validation reports it with its type.

Infinite numbers stay too: no measurement is infinite, so the ranges of the suites refuse them.
"""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

TIME = pa.timestamp("us", tz="UTC")
EXACT = 2**53  # up to it, every whole number is exact as a float
SHORT = 15  # any decimal of so many digits comes back from a float

Wanted = Mapping[str, str]


def unify(table: pa.Table) -> pa.Table:
    """Unify the types of columns across file formats and writers, and make NaN null."""
    return pa.table([_unify(column) for column in table.columns], names=table.column_names)


def fit(table: pa.Table, wanted: Wanted) -> pa.Table:
    """Convert the columns of a table that `unify` has returned to the wanted types, if no value is lost by it."""
    columns = [_fit(table[name], wanted.get(name, "")) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def _unify(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _unify(values.cast(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType):
        return _unify_extension(values)
    if pa.types.is_run_end_encoded(kind):
        return _unify(pa.chunked_array([pc.run_end_decode(chunk) for chunk in values.chunks], kind.value_type))
    for belongs, convert in CONVERSIONS:
        if belongs(kind):
            return convert(values)
    return values


def _unify_extension(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take what a type of Arrow's own or of another library stores; a UUID, which DuckDB writes, as people write it."""
    if values.type.extension_name == "arrow.uuid":
        return pa.chunked_array([pa.array((each and str(each) for each in values.to_pylist()), pa.string())])
    return _unify(pa.chunked_array([chunk.storage for chunk in values.chunks], values.type.storage_type))


def _to_time(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Cut nanoseconds off; a time beyond what microseconds can count stays, or it would become another one."""
    return values.cast(TIME, safe=False) if values.type.unit == "ns" else _cast(values, TIME)


def _to_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return _cast(values, pa.string())


def _to_whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return _cast(values, pa.int64())


def _to_number(values: pa.ChunkedArray) -> pa.ChunkedArray:
    values = values.cast(pa.float64())
    # Not is_nan over all values first: a column without NaN is to stay the very same.
    missing = pc.fill_null(pc.is_nan(values), False)
    return pc.if_else(missing, pa.scalar(None, pa.float64()), values) if pc.any(missing).as_py() else values


def _decimal_to_number(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Make whole decimals int64 and short ones float64; one that a float would round stays."""
    whole = _cast(values, pa.int64())
    if pa.types.is_integer(whole.type):
        return whole
    numbers = values.cast(pa.float64())
    return numbers if values.type.precision <= SHORT or numbers.cast(values.type, safe=False).equals(values) else values


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Cast, or return the values as they are when one of them does not fit."""
    try:
        return values.cast(kind)
    except pa.ArrowException:
        return values


def _is_binary(kind: pa.DataType) -> bool:
    tests = pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary
    return any(bool(test(kind)) for test in tests)


def _is_text(kind: pa.DataType) -> bool:
    tests = pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view
    return any(bool(test(kind)) for test in tests)


CONVERSIONS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.ChunkedArray], pa.ChunkedArray]], ...] = (
    (pa.types.is_timestamp, _to_time),
    (_is_text, _to_text),
    (_is_binary, _to_text),
    (pa.types.is_integer, _to_whole),
    (pa.types.is_floating, _to_number),
    (pa.types.is_decimal, _decimal_to_number),
)


def _fit(values: pa.ChunkedArray, wanted: str) -> pa.ChunkedArray:
    if wanted not in FITS:
        return values
    kind, convert = FITS[wanted]
    return values.cast(kind) if pa.types.is_null(values.type) else convert(values)


def _fit_whole(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Make floats int64 if each is a whole number that a float holds exactly."""
    if not pa.types.is_floating(values.type):
        return values
    exact = pc.all(pc.less_equal(pc.abs(values), EXACT)).as_py()
    return _cast(values, pa.int64()) if exact else values


def _fit_number(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Make int64 without nulls float64; with nulls, pandas takes it as float64 anyway."""
    if not pa.types.is_integer(values.type) or values.null_count:
        return values
    return _cast(values, pa.float64())


def _fit_time(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Parse text in ISO 8601, with an offset, Z, UTC or, as for any time without a zone, nothing behind it.

    A date is its midnight, so that validation says which hours are lost.
    """
    if pa.types.is_date(values.type):
        return values.cast(pa.timestamp("us")).cast(TIME)
    if not pa.types.is_string(values.type):
        return values
    text = pc.replace_substring_regex(values, r" ?(UTC|GMT|[zZ])$", "Z")
    for kind in (TIME, pa.timestamp("us")):
        parsed = _cast(text, kind)
        if pa.types.is_timestamp(parsed.type):
            return _to_time(parsed)
    return values


def _keep(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values


FITS: dict[str, tuple[pa.DataType, Callable[[pa.ChunkedArray], pa.ChunkedArray]]] = {
    "int64": (pa.int64(), _fit_whole),
    "float64": (pa.float64(), _fit_number),
    "str": (pa.string(), _keep),
    "Timestamp": (TIME, _fit_time),
}
