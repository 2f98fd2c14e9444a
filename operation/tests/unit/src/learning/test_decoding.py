"""Requests: what msgspec decodes and what the slower check says are the same, and wrong ones are named."""

import json
from typing import Any

import numpy as np
import pytest

from learning.decoding import Request, RequestDecoder, RequestError, _refuse
from learning.features import Feature, encode

SIZE, COLOUR = Feature("size", "number"), Feature("colour", "category", ("blue", "red"))
CODE = Feature("code", "category", ("1", "2.5", "10"), values="number")
SOLD = Feature("sold", "category", ("false", "true"), values="boolean")
FEATURES = (SIZE, COLOUR, CODE, SOLD)
RECORD: dict[str, Any] = {"size": 1.5, "colour": "red", "code": 10, "sold": True}


def raw(*records: Any) -> bytes:
    return json.dumps({"data": records}).encode()


def decode(body: bytes, most_rows: int = 10) -> Request:
    return RequestDecoder(FEATURES, most_rows).decode(body)


def decode_slowly(body: bytes) -> Request:
    decoder = RequestDecoder(FEATURES, 10)
    decoder._decode = _refuse
    return decoder.decode(body)


RECORDS_OF_EACH_KIND: list[dict[str, Any]] = [
    RECORD,
    {"size": None, "colour": "green", "code": 2.5, "sold": "true"},
    dict.fromkeys(RECORD),
]


@pytest.mark.parametrize("decoded_by", [decode, decode_slowly], ids=["fast", "slow"])
@pytest.mark.parametrize(
    "records",
    [*([each] for each in RECORDS_OF_EACH_KIND), RECORDS_OF_EACH_KIND, RECORDS_OF_EACH_KIND * 3, [RECORD] * 9],
    ids=["one", "one odd", "one unknown", "few", "many", "many known"],
)
def test_the_matrix_is_that_of_the_encoder_of_training(decoded_by: Any, records: list[dict[str, Any]]) -> None:
    columns = {name: [record[name] for record in records] for name in RECORD}
    request = decoded_by(raw(*records))
    np.testing.assert_array_equal(request.matrix, encode(columns, FEATURES))
    assert (request.matrix.dtype, request.matrix.flags.c_contiguous) == (np.float32, True)
    assert [list(column) for column in request.columns] == [columns[feature.name] for feature in FEATURES]


@pytest.mark.parametrize("decoded_by", [decode, decode_slowly], ids=["fast", "slow"])
def test_no_records_are_a_matrix_without_rows(decoded_by: Any) -> None:
    assert decoded_by(raw()).matrix.shape == (0, 4)


def test_more_records_than_permitted_are_refused_with_413() -> None:
    assert decode(raw(RECORD, RECORD), most_rows=2).matrix.shape == (2, 4)
    with pytest.raises(RequestError, match="data has 3 records, and a request may have 2") as refused:
        decode(raw(RECORD, RECORD, RECORD), most_rows=2)
    assert refused.value.status == 413


def test_a_feature_whose_name_msgspec_does_not_take_is_decoded_all_the_same() -> None:
    quoted = Feature('the "size" \\', "number")
    matrix = RequestDecoder((quoted,), 10).decode(raw({quoted.name: 2})).matrix
    assert matrix.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": True}, r"data\[0\]: code must be a finite number or null"),
        ({"code": 1e39}, r"data\[0\]: code must be a finite number or null"),
        ({"sold": 1}, r"data\[0\]: sold must be true, false or null"),
        ({"colour": ["red"]}, r"data\[0\]: colour must be a string or null"),
    ],
    ids=["truth for a number", "too large", "number for a truth", "list for text"],
)
def test_a_category_of_another_kind_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        decode(raw(RECORD | change))


def test_a_message_repeats_little_of_what_was_sent() -> None:
    with pytest.raises(RequestError) as refused:
        decode(raw(RECORD | {"x" * 10_000 + str(number): 1 for number in range(1000)}))
    assert "995 more are unknown" in str(refused.value)
    assert len(str(refused.value)) < 600
