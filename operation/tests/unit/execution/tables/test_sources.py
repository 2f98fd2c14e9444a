"""A suite that somebody has edited wrongly is named with the place."""

import pytest

from operation.errors import OperationError
from operation.execution.tables import sources
from operation.execution.tables.sources import wanted_types


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"expectations": [\n  {},\n]}', r"is damaged: .*: line 3 column 1 .*\. Fix the JSON there\."),
        ("", r"is damaged: Expecting value: line 1 column 1 .*Fix the JSON there\."),
        ("[]", r"is not a JSON object\. Fix the JSON there\."),
        ("{}", r"has no list of `expectations`\."),
        ('{"expectations": null}', r"has no list of `expectations`\."),
        (
            '{"expectations": [{"type": "x", "kwargs": {}}, {"type": "y"}]}',
            r"expectation 2 needs a `type` and",
        ),
        ('{"expectations": ["x"]}', r"expectation 1 needs a `type` and a mapping `kwargs`\."),
        ('{"expectations": [{"type": null, "kwargs": {}}]}', r"expectation 1 needs a `type` and a mapping `kwargs`\."),
    ],
)
def test_a_suite_that_is_none_is_named_with_the_place(content: str, message: str) -> None:
    file = sources.EXPECTATIONS / "case" / "parcels.json"
    file.write_text(content)
    with pytest.raises(OperationError, match=rf"^{file}.*{message}"):
        wanted_types("parcels", "case")


def test_an_expectation_of_a_type_may_lack_its_column() -> None:
    kwargs = f'{{"type": "{sources.OF_TYPE}", "kwargs": {{"type_": "int64"}}}}'
    (sources.EXPECTATIONS / "case" / "parcels.json").write_text(f'{{"expectations": [{kwargs}]}}')
    assert wanted_types("parcels", "case") == {}
