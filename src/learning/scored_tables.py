"""Score tables of Arrow: the model's input from its columns, and the columns of the answer beside the keys.

Batch scoring on one machine, in Azure ML and on Spark all call `score_table`, so equal rows have equal scores.

Arrays go from Arrow to NumPy and back as buffers: `pa.array`, `pa.scalar` and `to_numpy` import pandas where there is
one, which takes each process half a second.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import UNKNOWN_CATEGORY, Feature, Matrix
from learning.features import encode as encode_columns
from learning.files import as_arrays, split_nulls
from learning.scoring import Scorer, Scores
from learning.tasks import MULTICLASS, REGRESSION

MODEL_VERSION = "model_version"  # the column that says which model has scored the row
ROW, REASON = "row", "reason"  # columns that say of a row that was not scored which it is, and why
REJECTED = ("file", ROW, REASON)
NAN = pa.Array.from_buffers(pa.float32(), 1, [None, pa.py_buffer(np.array([np.nan], dtype=np.float32))])[0]
CHUNK_BYTES = 1 << 21  # of the input: few enough to stay in a cache, many enough for what a call of ONNX Runtime costs
FEWEST_ROWS = 256  # in a chunk, however many features


def encode(table: pa.Table, features: Sequence[Feature]) -> Matrix:
    """Make the model's input (rows, features) as `features.encode` does, without a Python object for each value.

    Raises InputError as it does.
    """
    columns = _encode_each(table, features)
    matrix = np.empty((len(table), len(features)), dtype=np.float32)
    for rows in _chunks(len(table), len(features)):
        _fill(matrix[rows], columns, rows)
    return matrix


def encode_by_feature(table: pa.Table, features: Sequence[Feature]) -> Matrix:
    """Return the same, with the values of each feature side by side in memory: for what looks at one after the other.

    Raises InputError as `encode`.
    """
    return np.array(_encode_each(table, features), dtype=np.float32).T


def _encode_each(table: pa.Table, features: Sequence[Feature]) -> list[NDArray[np.float32]]:
    """Return the column (rows,) of each feature."""
    present = set(table.column_names)  # which Arrow makes anew whenever it is asked
    missing = [feature.name for feature in features if feature.name not in present]
    if missing:
        raise InputError(f"column {missing[0]} is missing, and the model needs it")
    return [_column(table, feature) for feature in features]


def _chunks(rows: int, features: int) -> Iterator[slice]:
    """Divide the rows, so that the cache holds a chunk while its columns are put side by side; no rows are one."""
    size = _chunk_rows(features)
    return (slice(start, min(start + size, rows)) for start in range(0, max(rows, 1), size))


def _chunk_rows(features: int) -> int:
    return max(FEWEST_ROWS, CHUNK_BYTES // (4 * max(features, 1)))


def _fill(matrix: Matrix, columns: Sequence[NDArray[np.float32]], rows: slice) -> None:
    for position, column in enumerate(columns):
        matrix[:, position] = column[rows]


def _column(table: pa.Table, feature: Feature) -> NDArray[np.float32]:
    values = table[feature.name]
    kind = values.type
    if feature.kind == "category" and (_is_text(kind) or _is_dictionary_of_text(kind)):
        return _codes(values if pa.types.is_dictionary(kind) else values.dictionary_encode(), feature)
    if feature.kind == "number" and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return _concatenate([_numbers(chunk) for chunk in pc.cast(values, pa.float32(), safe=False).chunks])
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, and its row is not scored
        return encode_columns(as_arrays(table.select([feature.name])), [feature])[:, 0]


def _is_dictionary_of_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_dictionary(kind) and _is_text(kind.value_type))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _codes(values: pa.ChunkedArray, feature: Feature) -> NDArray[np.float32]:
    """Look each different text up once. A null and an unseen text are `UNKNOWN_CATEGORY`."""
    chunks = []
    for chunk in values.chunks:
        known = np.array([*feature.encode(chunk.dictionary.to_pylist()), UNKNOWN_CATEGORY], dtype=np.float32)
        codes, valid = split_nulls(chunk.indices)
        chunks.append(known[codes if valid is None else np.where(valid, codes, len(chunk.dictionary))])
    return _concatenate(chunks)


def _numbers(chunk: pa.Array) -> NDArray[np.float32]:
    """Return the values with NaN for null."""
    return np.asarray(np.from_dlpack(pc.fill_null(chunk, NAN) if chunk.null_count else chunk), dtype=np.float32)


def _concatenate(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.float32)


def score_table(table: pa.Table, scorer: Scorer, version: str) -> tuple[pa.Table, pa.Table, Scores]:
    """Return the scored rows, the rejected ones with ROW and REASON, and the scores of the former, all in order.

    Raises InputError as `encode` does.
    """
    scored, rejected, scores = score_compactly(table, scorer, version)
    return scored.cast(output_schema(table.schema, scorer)), rejected, scores


def score_compactly(table: pa.Table, scorer: Scorer, version: str) -> tuple[pa.Table, pa.Table, Scores]:
    """Do what `score_table` does, but leave texts as dictionaries, as parquet holds them: see `compact_schema`."""
    columns = _encode_each(table, scorer.features)
    reasons = find_reasons(table, scorer, columns)
    named, bad = table.select(list(scorer.keys or ())), sorted(reasons)
    rejected = named.slice(0, 0).append_column(ROW, pa.nulls(0, pa.int64()))
    rejected = rejected.append_column(REASON, pa.nulls(0, pa.string()))
    if bad:
        why = pa.array([reasons[row] for row in bad], pa.string())
        rejected = named.take(bad).append_column(ROW, pa.array(bad, pa.int64())).append_column(REASON, why)
        good = np.setdiff1d(np.arange(len(table)), bad)
        named, columns = named.take(good), [column[good] for column in columns]
    scores = _score(columns, len(table) - len(bad), scorer)
    values = [*named.columns, *answers(scorer, scores), _repeat(version, len(scores))]
    return pa.table(values, schema=compact_schema(table.schema, scorer)), rejected, scores


def _score(columns: Sequence[NDArray[np.float32]], rows: int, scorer: Scorer) -> Scores:
    """Score chunk by chunk: what the model reads is still in the cache, and each takes the memory of the one before."""
    matrix = np.empty((min(rows, _chunk_rows(len(columns))), len(columns)), dtype=np.float32)
    scores = []
    for chunk in _chunks(rows, len(columns)):
        part = matrix[: chunk.stop - chunk.start]
        _fill(part, columns, chunk)
        scores.append(scorer.score(part))
    return np.concatenate(scores)


def find_reasons(table: pa.Table, scorer: Scorer, columns: Sequence[NDArray[np.float32]]) -> dict[int, str]:
    """Say of each row that cannot be scored why: its key has no value, or a feature is not a number that a model takes.

    An unknown feature, null or NaN, is not a reason.
    """
    reasons: dict[int, str] = {}
    for feature, column in zip(scorer.features, columns, strict=True):
        infinite = np.isinf(column)
        if infinite.any():
            reason = f"{feature.name} must be a finite number that float32 holds"
            reasons = {**dict.fromkeys(np.flatnonzero(infinite).tolist(), reason), **reasons}
    for key in scorer.keys or ():
        if table[key].null_count:
            for row in np.flatnonzero(pc.is_null(table[key]).to_numpy()):
                reasons[int(row)] = f"the key {key} has no value"
    return reasons


def compact_schema(schema: pa.Schema, scorer: Scorer) -> pa.Schema:
    """Return the schema of the output: the keys as they are in the data, what the model says, and its version.

    Raises InputError if a key has the name of such a column.
    """
    keys = scorer.keys or ()
    fields = [*_answer_fields(scorer), pa.field(MODEL_VERSION, pa.dictionary(pa.int32(), pa.string()))]
    both = [name for name in (*(field.name for field in fields), *REJECTED) if name in keys]
    if both:
        raise InputError(f"the key {both[0]} has the name of a column of the output: rename it, and train again")
    return pa.schema([*(schema.field(key) for key in keys), *fields])


def output_schema(schema: pa.Schema, scorer: Scorer) -> pa.Schema:
    """Return what readers of the output see: `compact_schema` with the values' own types in place of dictionaries."""
    return pa.schema([_plain(field) for field in compact_schema(schema, scorer)])


def _answer_fields(scorer: Scorer) -> Iterator[pa.Field]:
    if scorer.task == REGRESSION:
        yield pa.field("prediction", pa.float64())
    elif scorer.task == MULTICLASS:
        yield pa.field("prediction", pa.string())
        yield from (pa.field(f"probability_{name}", pa.float32()) for name in scorer.classes)
    else:
        yield pa.field("probability", pa.float32())


def _plain(field: pa.Field) -> pa.Field:
    """Return the field with the values' own type where they are read as a dictionary."""
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field


def answers(scorer: Scorer, scores: Scores) -> list[pa.Array]:
    """Return the columns beside the keys: the score, or the likeliest class and the probability of each."""
    if scorer.task != MULTICLASS:
        return [_floats(scores)]
    likeliest = np.array(scorer.classes, dtype=object)[scores.argmax(axis=1)]
    return [pa.array(likeliest, pa.string()), *map(_floats, np.ascontiguousarray(scores.T))]


def _floats(values: Scores) -> pa.Array:
    kind = pa.float32() if values.dtype == np.float32 else pa.float64()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _repeat(text: str, times: int) -> pa.Array:
    content = text.encode()
    ends = np.array([0, len(content)], dtype=np.int32)
    once = pa.StringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(content))
    zeros = pa.Array.from_buffers(pa.int32(), times, [None, pa.py_buffer(np.zeros(times, dtype=np.int32))])
    return pa.DictionaryArray.from_arrays(zeros, once)
