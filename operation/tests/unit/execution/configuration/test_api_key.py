"""The API key of services: where it is read, and what cannot be one."""

import pytest

from operation.errors import OperationError
from operation.execution.configuration.api_key import read_key
from operation.execution.configuration.sections import Serving
from operation.tests.parcels import load


@pytest.fixture
def settings() -> Serving:
    return load(settings=["serving.key=OUR_KEY"]).serving


def test_no_key_is_wanted_unless_a_variable_is_named() -> None:
    assert read_key(load().serving) == ""


def test_the_key_is_that_of_the_variable(settings: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cr3t")
    assert read_key(settings) == "s3cr3t"


@pytest.mark.parametrize("value", ["$(begins", "ends)"])
def test_a_key_that_only_looks_like_a_part_of_a_macro_is_taken(
    settings: Serving, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OUR_KEY", value)
    assert read_key(settings) == value


@pytest.mark.parametrize("value", [None, "", " ", "$(OUR_KEY)"], ids=["unset", "empty", "a space", "a macro"])
def test_a_variable_without_a_key_counts_as_not_set(
    settings: Serving, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("OUR_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("OUR_KEY", value)
    with pytest.raises(OperationError, match=r"^The environment variable OUR_KEY, .* is not set\.$"):
        read_key(settings)


@pytest.mark.parametrize("value", ["s3cr3t\n", " s3cr3t", "s3cr3t\r\nX-Other: 1", "cl\u00e9"])
def test_a_key_that_no_header_holds_is_refused_and_not_repeated(
    settings: Serving, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OUR_KEY", value)
    with pytest.raises(
        OperationError,
        match=r"OUR_KEY, .* must hold printable ASCII characters with no space or line break around them\.$",
    ) as refused:
        read_key(settings)
    assert value.strip() not in str(refused.value)
