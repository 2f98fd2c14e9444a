"""Whatever a request holds, it is answered, and msgspec decodes it as the slower check does.

The unit tests leave Hypothesis to this session: before the first test, it looks through all of our code for constants.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import score
from learning.decoding import LARGEST_NUMBER, RequestError
from operation.tests.unit.src.learning.test_decoding import RECORD, decode, decode_slowly, raw

# Not st.text(): the table of all characters that it makes first takes longer than every test here.
TEXT = st.binary(max_size=5).map(lambda each: each.decode("utf-8", "replace"))
NUMBERS = st.integers() | st.floats() | st.sampled_from([LARGEST_NUMBER, -1e39, 2**64, 10**30, 10**60])
VALUES: st.SearchStrategy[Any] = st.none() | st.booleans() | NUMBERS | TEXT | st.just([]) | st.just({})
RECORDS = st.fixed_dictionaries(dict.fromkeys(RECORD, VALUES), optional={"more": VALUES})
BODIES = st.lists(RECORDS, max_size=3).map(lambda records: raw(*records)) | st.binary(max_size=20)
# Values of every kind that JSON and Python's reader of it know, NaN and infinity included.
ANY = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2))


@settings(max_examples=300, deadline=None, database=None)
@given(body=BODIES)
def test_both_ways_accept_and_refuse_the_same_requests(body: bytes) -> None:
    outcomes = []
    for decoded_by in (decode, decode_slowly):
        try:
            outcomes.append(decoded_by(body).matrix.tobytes())
        except RequestError as error:
            outcomes.append(str(error).encode())
    assert outcomes[0] == outcomes[1]


@pytest.fixture(scope="module")
def _served(model: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZUREML_MODEL_DIR", str(model))
        patch.setattr(score, "_service", None)
        score.init()
        yield


@pytest.mark.usefixtures("_served")
@settings(max_examples=50, deadline=None, database=None)
@given(feature=st.sampled_from(["colour", "size", "code", "no such feature"]), value=ANY)
def test_whatever_a_feature_holds_the_answer_is_a_probability_or_an_error(feature: str, value: Any) -> None:
    answer = score.run(json.dumps({"data": [{"size": 1.5, "colour": "red", "code": 10, feature: value}]}))
    (probability,) = answer.get("probabilities", [0.5])
    assert 0 <= probability <= 1
    assert ("error" in answer) != ("probabilities" in answer)


@pytest.mark.usefixtures("_served")
@settings(max_examples=50, deadline=None, database=None)
@given(request=TEXT | st.binary() | ANY.map(json.dumps))
def test_whatever_the_request_is_it_is_answered_by_an_error(request: str | bytes) -> None:
    assert set(score.run(request)) == {"error", "request_id"}
