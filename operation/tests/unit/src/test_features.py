from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flights.errors import InputError
from flights.features import Feature, encode, fit_features, from_json, to_json
from flights.files import read_columns
from flights.schema import FEATURES

CARRIER = Feature("carrier", "category", ("AA", "UA"))
DISTANCE = Feature("distance", "number")


def test_categories_are_the_sorted_values_seen_in_training() -> None:
    columns: dict[str, list[Any]] = {"carrier": ["UA", "AA", None, "UA"], "distance": [1, 2, 3, 4]}
    assert fit_features(columns, {"carrier": "category", "distance": "number"}) == (CARRIER, DISTANCE)


def test_the_input_follows_the_order_of_the_features_not_of_the_columns() -> None:
    matrix = encode({"distance": [100, 200], "unused": [0, 0], "carrier": ["UA", "AA"]}, [CARRIER, DISTANCE])
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[1, 100], [0, 200]]


@pytest.mark.parametrize("value", ["ZZ", None, float("nan"), 7], ids=["unknown", "none", "nan", "number"])
def test_a_category_not_seen_in_training_becomes_minus_one(value: object) -> None:
    assert encode({"carrier": [value, "UA"]}, [CARRIER]).tolist() == [[-1], [1]]


@pytest.mark.parametrize("value", [None, float("nan")], ids=["none", "nan"])
def test_a_missing_number_becomes_nan(value: object) -> None:
    assert np.isnan(encode({"distance": [value, 5]}, [DISTANCE])).tolist() == [[True], [False]]


def test_one_row_as_lists_is_encoded_as_within_all_rows(prepared: Path) -> None:
    columns = read_columns(prepared / "test.parquet", list(FEATURES))
    features = fit_features(columns, FEATURES)
    together = encode(columns, features)
    for row in range(0, len(together), 100):
        alone = encode({name: [column[row]] for name, column in columns.items()}, features)
        np.testing.assert_array_equal(alone, together[row : row + 1])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"carrier": ["AA"]}, "column distance is missing"),
        ({"carrier": ["AA"], "distance": []}, "column distance has 0 values where carrier has 1"),
        ({"carrier": ["AA", "UA"], "distance": [1]}, "column distance has 1 values where carrier has 2"),
        ({"carrier": ["AA"], "distance": ["far"]}, "column distance must hold a number in every row"),
        ({"carrier": [["AA"]], "distance": [1]}, "column carrier must hold a category in every row"),
    ],
    ids=["missing", "empty", "too-short", "no-number", "no-category"],
)
def test_a_column_that_cannot_be_encoded_is_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode(columns, [CARRIER, DISTANCE])


def test_features_survive_json() -> None:
    document = to_json([CARRIER, DISTANCE])
    assert document["features"][1] == {"name": "distance", "kind": "number"}
    assert from_json(document) == (CARRIER, DISTANCE)


@pytest.mark.parametrize(
    "document",
    [[], None, {}, {"features": []}, {"features": [{"name": "x"}]}, {"features": [{"name": "x", "kind": "text"}]}],
    ids=["list", "null", "no-features", "empty", "no-kind", "unknown-kind"],
)
def test_a_document_without_features_is_refused(document: object) -> None:
    with pytest.raises(InputError, match=r"features\.json"):
        from_json(document)
