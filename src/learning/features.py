"""How columns become the model's input: one encoder for training, evaluation and serving, NumPy only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError

Kind = Literal["number", "category"]
Column = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Column]
Matrix = NDArray[np.float32]

UNKNOWN_CATEGORY = -1.0


@dataclass(frozen=True)
class Feature:
    """One column of the model's input. `categories` are the values seen in training, sorted; a number has none."""

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()

    @cached_property
    def codes(self) -> dict[str, float]:
        """Map category to code; kept, because a request of one row cannot afford to build it."""
        return {category: float(code) for code, category in enumerate(self.categories)}

    def encode(self, column: Column) -> Column:
        """Turn values into numbers or None. A category unseen in training, or missing, is `UNKNOWN_CATEGORY`."""
        if self.kind == "number":
            return column
        return list(map(self.codes.get, column, repeat(UNKNOWN_CATEGORY)))


def fit_features(columns: Columns, kinds: Mapping[str, Kind]) -> tuple[Feature, ...]:
    """Build the features named in `kinds`, in that order, with the categories of the training `columns`."""
    return tuple(Feature(name, kind, _categories(columns, name, kind)) for name, kind in kinds.items())


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


def to_json(features: Iterable[Feature], keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return the document that `features.json` holds; `keys` are the columns that tell the rows apart."""
    return {"keys": list(keys), "features": [_without_empty(asdict(feature)) for feature in features]}


def from_json(document: Any) -> tuple[Feature, ...]:
    """Return the features of a `features.json`; raises InputError for another document."""
    try:
        features = tuple(
            Feature(entry["name"], entry["kind"], tuple(entry.get("categories", ()))) for entry in document["features"]
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"features.json is not what train.py writes ({error!r}): train the model again") from error
    if not features or any(feature.kind not in get_args(Kind) for feature in features):
        raise InputError(f"features.json needs features, each of kind {' or '.join(get_args(Kind))}")
    return features


def keys_of(document: Any) -> tuple[str, ...]:
    """Return the keys of a `features.json`; none of one that was written before they were kept."""
    return tuple(document.get("keys", ()))


def _column(columns: Columns, name: str) -> Column:
    try:
        return columns[name]
    except KeyError:
        raise InputError(f"column {name} is missing, and the model needs it") from None


def _categories(columns: Columns, name: str, kind: Kind) -> tuple[str, ...]:
    if kind == "number":
        return ()
    return tuple(sorted({value for value in _column(columns, name) if value is not None}))


def _without_empty(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value != ()}
