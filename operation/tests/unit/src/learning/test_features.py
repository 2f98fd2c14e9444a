from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from learning.errors import InputError
from learning.features import Feature, as_text, encode, fit_features, from_json, to_json
from learning.files import as_arrays, read_columns
from learning.fitting import TrainingRows

COLOUR = Feature("colour", "category", ("blue", "red"))
SIZE = Feature("size", "number")


def test_categories_are_the_sorted_values_seen_in_training() -> None:
    columns: dict[str, list[Any]] = {"colour": ["red", "blue", None, "red"], "size": [1, 2, 3, 4]}
    assert fit_features(columns, {"colour": "category", "size": "number"}) == (COLOUR, SIZE)


def test_the_input_follows_the_order_of_the_features_not_of_the_columns() -> None:
    matrix = encode({"size": [100, 200], "unused": [0, 0], "colour": ["red", "blue"]}, [COLOUR, SIZE])
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[1, 100], [0, 200]]


@pytest.mark.parametrize("value", ["pink", None, float("nan"), 7], ids=["unknown", "none", "nan", "number"])
def test_a_category_not_seen_in_training_becomes_minus_one(value: object) -> None:
    assert encode({"colour": [value, "red"]}, [COLOUR]).tolist() == [[-1], [1]]


@pytest.mark.parametrize("value", [None, float("nan")], ids=["none", "nan"])
def test_a_missing_number_becomes_nan(value: object) -> None:
    assert np.isnan(encode({"size": [value, 5]}, [SIZE])).tolist() == [[True], [False]]


def test_one_row_as_lists_is_encoded_as_within_all_rows(columns: dict[str, Any], rows: TrainingRows) -> None:
    for row in range(0, len(rows.matrix), 100):
        alone = encode({name: [column[row]] for name, column in columns.items()}, rows.features)
        np.testing.assert_array_equal(alone, rows.matrix[row : row + 1])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"colour": ["blue"]}, "column size is missing"),
        ({"colour": ["blue"], "size": []}, "column size has 0 values where colour has 1"),
        ({"colour": ["blue", "red"], "size": [1]}, "column size has 1 values where colour has 2"),
        ({"colour": ["blue"], "size": ["large"]}, "column size must hold a number in every row"),
        ({"colour": [["blue"]], "size": [1]}, "column colour must hold a category in every row"),
    ],
    ids=["missing", "empty", "too-short", "no-number", "no-category"],
)
def test_a_column_that_cannot_be_encoded_is_named(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode(columns, [COLOUR, SIZE])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (np.int64(3), "3"),
        (3.0, "3"),
        (np.float32(2.1), "2.1"),
        (2.5, "2.5"),
        (-0.0, "0"),
        (True, "true"),
        (np.False_, "false"),
        ("03", "03"),
        (np.str_("a"), "a"),
        (date(2024, 2, 29), "2024-02-29"),
        (np.datetime64("2024-02-29"), "2024-02-29"),
        (Decimal("1.50"), "1.50"),
        (None, None),
        (float("nan"), None),
        (np.datetime64("NaT"), None),
    ],
)
def test_a_category_is_known_by_its_text(value: object, text: str | None) -> None:
    assert as_text([value]) == [text]
    assert as_text(np.array([value, value])) == [text, text]


@pytest.mark.parametrize(
    ("column", "known", "values"),
    [
        (pa.array([10, 9, 10, 9]), ("9", "10"), "number"),
        (pa.array([10, 9, None, 9], pa.int8()), ("9", "10"), "number"),
        (pa.array([2.5, None, 1.0, 2.5]), ("1", "2.5"), "number"),
        (pa.array([True, False, True, True]), ("false", "true"), "boolean"),
        (pa.array([True, None, None, False]), ("false", "true"), "boolean"),
        (pa.array(["b", None, "a", "b"]), ("a", "b"), "text"),
    ],
    ids=["integers", "integers and nulls", "floats", "booleans", "booleans and nulls", "text"],
)
def test_parquet_json_and_csv_give_the_same_codes(
    column: pa.Array, known: tuple[str, ...], values: str, tmp_path: Path
) -> None:
    table = pa.table({"row": range(4), "code": column})  # a line that holds nothing but a null is none in CSV
    pq.write_table(table, tmp_path / "table.parquet")
    parquet = read_columns(tmp_path / "table.parquet", ["code"])
    (feature,) = fit_features(parquet, {"code": "category"})
    assert (feature.categories, feature.values) == (known, values)
    pyarrow.csv.write_csv(table, tmp_path / "table.csv")
    csv = as_arrays(pyarrow.csv.read_csv(tmp_path / "table.csv"))
    expected = encode(parquet, [feature])
    np.testing.assert_array_equal(encode(csv, [feature]), expected)
    np.testing.assert_array_equal(encode({"code": column.to_pylist()}, [feature]), expected)
    np.testing.assert_array_equal(encode({"code": as_text(parquet["code"])}, [feature]), expected)
    assert from_json(to_json([feature])) == (feature,)


def test_a_feature_may_have_any_name() -> None:
    features = [Feature("text", "number"), Feature("", "category", ("text",))]
    assert from_json(to_json(features)) == tuple(features)


def test_features_survive_json() -> None:
    document = to_json([COLOUR, SIZE])
    assert document["features"][1] == {"name": "size", "kind": "number"}
    assert from_json(document) == (COLOUR, SIZE)


@pytest.mark.parametrize(
    "document",
    [[], None, {}, {"features": []}, {"features": [{"name": "x"}]}, {"features": [{"name": "x", "kind": "text"}]}],
    ids=["list", "null", "no-features", "empty", "no-kind", "unknown-kind"],
)
def test_a_document_without_features_is_refused(document: object) -> None:
    with pytest.raises(InputError, match=r"features\.json"):
        from_json(document)
