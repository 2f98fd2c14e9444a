"""How columns become the model's input: one encoder for training, evaluation and serving, NumPy only.

A category may be text, a number or a boolean. It is known by its text, which is the same from parquet, JSON and CSV: 3,
int64 3, 3.0 (an integer beside nulls) and "3" are "3"; 2.5 is "2.5"; true and numpy's True are "true". A null and NaN
are missing. Text stays as it is: "03" is not "3".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import repeat
from types import NoneType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError

Kind = Literal["number", "category"]
Values = Literal["text", "number", "boolean"]  # what a category was in training
Column = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Column]
Matrix = NDArray[np.float32]

UNKNOWN_CATEGORY = -1.0


@dataclass(frozen=True)
class Feature:
    """One column of the model's input.

    `categories` are the texts of the values seen in training, sorted, numbers by size; a number has none. `values` says
    what a category was there, so that a request can be held to it.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    values: Values = "text"

    @cached_property
    def codes(self) -> dict[str | None, float]:
        """Map category to code; kept, because a request of one row cannot afford to build it."""
        return {category: float(code) for code, category in enumerate(self.categories)}

    def encode(self, column: Column) -> Column:
        """Turn values into numbers or None. A category unseen in training, or missing, is `UNKNOWN_CATEGORY`."""
        if self.kind == "number":
            return column
        return list(map(self.codes.get, as_text(column), repeat(UNKNOWN_CATEGORY)))


def fit_features(columns: Columns, kinds: Mapping[str, Kind]) -> tuple[Feature, ...]:
    """Build the features named in `kinds`, in that order, with the categories of the training `columns`."""
    return tuple(
        Feature(name, kind, *_categories(columns, name)) if kind == "category" else Feature(name, kind)
        for name, kind in kinds.items()
    )


def encode(columns: Columns, features: Sequence[Feature]) -> Matrix:
    """Make the model's input, float32 (rows, features), in the order of `features`; missing numbers become NaN.

    Raises InputError for a column that is missing, of another length than the first, or not of its feature's kind.
    """
    rows = len(_column(columns, features[0].name))
    matrix = np.empty((rows, len(features)), dtype=np.float32)
    for position, feature in enumerate(features):
        column = _column(columns, feature.name)
        if len(column) != rows:
            raise InputError(f"column {feature.name} has {len(column)} values where {features[0].name} has {rows}")
        try:
            matrix[:, position] = feature.encode(column)
        except (TypeError, ValueError) as error:
            raise InputError(f"column {feature.name} must hold a {feature.kind} in every row: {error}") from error
    return matrix


def to_json(
    features: Iterable[Feature], keys: Sequence[str] = (), task: str = "binary", classes: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the document that `features.json` holds; `keys` are the columns that tell the rows apart."""
    of_task = {"task": task, "classes": list(classes)} if classes else {"task": task}
    return {**of_task, "keys": list(keys), "features": [_as_entry(feature) for feature in features]}


def from_json(document: Any) -> tuple[Feature, ...]:
    """Return the features of a `features.json`; raises InputError for another document."""
    try:
        features = tuple(
            Feature(entry["name"], entry["kind"], tuple(entry.get("categories", ())), entry.get("values", "text"))
            for entry in document["features"]
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"features.json is not what train.py writes ({error!r}): train the model again") from error
    if not features or any(feature.kind not in get_args(Kind) for feature in features):
        raise InputError(f"features.json needs features, each of kind {' or '.join(get_args(Kind))}")
    return features


def _column(columns: Columns, name: str) -> Column:
    try:
        return columns[name]
    except KeyError:
        raise InputError(f"column {name} is missing, and the model needs it") from None


def as_text(column: Column) -> Sequence[str | None]:
    """Return the text of each value, None for a missing one; raises TypeError for a list or another thing."""
    if isinstance(column, np.ndarray) and column.dtype != object:
        values, codes = np.unique(column, return_inverse=True)
        texts = [_text(value) for value in values]
        return [texts[code] for code in codes]
    if set(map(type, column)) <= {str, NoneType}:  # nearly always: 300,000 values take 5 ms
        return column if isinstance(column, list) else list(column)
    return [_text(value) for value in column]


def _text(value: Any) -> str | None:
    if value is None or value != value:  # NaN, and numpy's NaT
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, str | int | float | np.generic | date | Decimal):
        return str(value)
    raise TypeError(f"{value!r} is neither text nor a number")


def _categories(columns: Columns, name: str) -> tuple[tuple[str, ...], Values]:
    """Return the categories of a column and what its values are."""
    column = _column(columns, name)
    kinds = {_values(type(value)) for value in _first_types(column)}
    values: Values = kinds.pop() if len(kinds) == 1 else "text"
    found = {text for text in as_text(column) if text is not None}
    return tuple(sorted(found, key=lambda text: (float(text) if values == "number" else 0.0, text))), values


def _first_types(column: Column) -> list[Any]:
    """Return one value of each type in the column, missing ones left out."""
    if isinstance(column, np.ndarray) and column.dtype != object:
        return list(column[:1])
    return list({type(value): value for value in column if value is not None and value == value}.values())


def _values(kind: type) -> Values:
    if issubclass(kind, bool | np.bool_):
        return "boolean"
    return "number" if issubclass(kind, int | float | np.integer | np.floating) else "text"


def _as_entry(feature: Feature) -> dict[str, Any]:
    """Return what is not a default, so that text categories and numbers look as they always did."""
    defaults = {"categories": (), "values": "text"}
    return {key: value for key, value in asdict(feature).items() if key not in defaults or value != defaults[key]}
