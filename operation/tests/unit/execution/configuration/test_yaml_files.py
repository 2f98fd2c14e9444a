"""YAML that means something else than people think is refused, with its place."""

import pytest

from operation.errors import OperationError
from operation.execution.configuration.yaml_files import parse


@pytest.mark.parametrize("text", ["012", "-07", "1:30", "1:30.5", "00"])
def test_numbers_that_people_do_not_mean_are_refused(text: str) -> None:
    with pytest.raises(OperationError, match=rf"x\.yaml:2:4: {text} is not a plain number"):
        parse(f"b: 1\na: {text}", "x.yaml")


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-3", -3), ("0.5", 0.5), ("10", 10), ("'012'", "012")])
def test_plain_numbers_are_taken(text: str, value: object) -> None:
    assert parse(f"a: {text}", "x.yaml") == {"a": value}


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(OperationError, match=r"x\.yaml:1:4: 2013-02-30 is not a date"):
        parse("a: 2013-02-30", "x.yaml")


def test_endless_brackets_are_refused() -> None:
    with pytest.raises(OperationError, match=r"x\.yaml: the YAML is nested too deeply"):
        parse("[\n" * 1_000 + "]" * 1_000, "x.yaml")
