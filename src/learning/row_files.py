"""Read rows that people give in a file: parquet, CSV, or JSON as a request of the service has them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from learning.errors import InputError
from learning.features import Column, Feature
from learning.files import as_arrays, existing, first_line, require_columns

KINDS = (".parquet", ".csv", ".json")
LISTS = ("data", "rows")  # keys under which a JSON object has its records: a request's, and those of golden rows


def read_rows(file: Path, features: Sequence[Feature], keys: Sequence[str]) -> dict[str, Column]:
    """Return each feature's column, and those of the keys that are there.

    Raises InputError for a file that is missing, of no such kind, or lacks a feature.
    """
    if file.suffix == ".json":
        return _read_json(file, features, keys)
    if file.suffix not in KINDS:
        raise InputError(f"{file} must be one of {', '.join(KINDS)}")
    try:
        table = _read_csv(file, features) if file.suffix == ".csv" else pa.parquet.read_table(existing(file))
    except pa.ArrowException as error:
        raise InputError(f"{file} cannot be read: {first_line(error)}") from error
    require_columns(file, table.column_names, [feature.name for feature in features])
    return dict(as_arrays(table.select(_wanted(table.column_names, features, keys))))


def _wanted(present: Sequence[str], features: Sequence[Feature], keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*(key for key in keys if key in present), *(feature.name for feature in features)]))


def _read_csv(file: Path, features: Sequence[Feature]) -> pa.Table:
    """Read texts as texts, so that "03" stays what it is, and numbers as numbers; an empty field is missing."""
    types = {each.name: pa.string() if each.kind == "category" else pa.float64() for each in features}
    options = pa.csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    parsing = pa.csv.ParseOptions(newlines_in_values=True)  # else Arrow drops what is behind an open quote
    table = pa.csv.read_csv(existing(file), parse_options=parsing, convert_options=options)
    if any(map(_spans_lines, table.columns)) and file.read_bytes().count(b'"') % 2:
        raise InputError(f"{file} has a quote that is never closed and hides the rows behind it: close or delete it")
    return table


def _spans_lines(values: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_string(values.type) and pc.any(pc.match_substring(values, "\n")).as_py())


def _read_json(file: Path, features: Sequence[Feature], keys: Sequence[str]) -> dict[str, Column]:
    records = _records(file)
    for number, record in enumerate(records):
        missing = [feature.name for feature in features if feature.name not in record]
        if missing:
            raise InputError(f"{file}: row {number} lacks {', '.join(missing)}; null is for what is not known")
    names = _wanted([*records[0]] if records else [], features, keys)
    return {name: [record.get(name) for record in records] for name in names}


def _records(file: Path) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(existing(file).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON: {error}") from error
    for name in LISTS:
        found = found.get(name, found) if isinstance(found, dict) else found
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise InputError(f'{file} must hold a list of objects, or {{"data": [...]}} as a request has')
    return found
