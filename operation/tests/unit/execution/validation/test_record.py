"""The record of a validation: written by the step, read by the gate, and never taken for a success by mistake."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.json_files import read_json, seal, write_json
from operation.execution.validation.failures import Failure
from operation.execution.validation.record import RECORD, Validation, describe_in_line, read, write

CRITICAL = Failure("raw", "in_range", "wind", "2 of 9 values", "0 to 100", ("1048", "é"), (3, 4), check="1")
WARNING = Failure("features", "a_set", None, "1 of 9 values", "UA", severity="warning")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    validation = Validation(12, (CRITICAL, WARNING), tmp_path / "data_docs" / "index.html", unchecked=2)
    write(validation, tmp_path)
    assert read(tmp_path) == validation


def test_the_record_is_the_same_wherever_the_data_are_checked(tmp_path: Path) -> None:
    write(Validation(12, (), tmp_path / "data_docs" / "index.html"), tmp_path)
    record = {"checks": 12, "unchecked": 0, "failures": [], "data_docs": "data_docs/index.html"}
    assert read_json(tmp_path / RECORD) == seal(record)


@pytest.mark.parametrize(
    ("failures", "success"), [((), True), ((WARNING,), True), ((CRITICAL,), False), ((WARNING, CRITICAL), False)]
)
def test_only_a_critical_failure_is_no_success(failures: tuple[Failure, ...], success: bool) -> None:
    validation = Validation(12, failures, Path("index.html"))
    assert validation.success == success
    assert {*validation.errors, *validation.warnings} == {*failures}
    assert validation.errors == tuple(failure for failure in failures if failure is CRITICAL)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=rf"{RECORD} is missing\. Validate again\.$"):
        read(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"checks": 1, "failures": [], "data_docs": "x"}'])
def test_a_damaged_record_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(content)
    with pytest.raises(OperationError, match=rf"{RECORD} is damaged: .*\. Validate again\.$"):
        read(tmp_path)


def test_a_failure_that_was_taken_out_of_the_record_is_noticed(tmp_path: Path) -> None:
    write(Validation(12, (CRITICAL,), tmp_path / "index.html"), tmp_path)
    write_json(tmp_path / RECORD, {**read_json(tmp_path / RECORD), "failures": []})
    with pytest.raises(OperationError, match=rf"{RECORD} is damaged: its content"):
        read(tmp_path)


@pytest.mark.parametrize("record", [{}, {"checks": 1, "failures": [{}], "data_docs": "x"}])
def test_the_record_of_another_version_is_named(record: dict[str, object], tmp_path: Path) -> None:
    write_json(tmp_path / RECORD, seal(record))
    with pytest.raises(OperationError, match=rf"{RECORD} is not the record of a validation: .*\. Validate again\.$"):
        read(tmp_path)


def test_a_failure_in_a_line_says_how_grave_it_is() -> None:
    assert describe_in_line(CRITICAL) == "raw: in_range wind: 2 of 9 values; expected 0 to 100"
    assert describe_in_line(WARNING) == "warning: features: a_set of the table: 1 of 9 values; expected UA"


def test_the_words_count_expectations() -> None:
    other = Failure("raw", "in_range", "gust", "2 of 9 values", "0 to 100", check="1")  # of the same expectation
    another = Failure("features", "unique", "key", "1 of 9 values", "no duplicates")
    bad = Validation(12, (CRITICAL, other, another, WARNING), Path("index.html"), unchecked=3)
    assert bad.summary == "12 checks, 2 failed, 1 with a warning, 3 could not be evaluated"
    assert bad.verdict == (
        "The data do not meet 2 of 12 expectations (features, raw); 3 could not be evaluated. "
        "Fix the data, or the suite if it is wrong. Report: index.html"
    )
    assert Validation(12, (), Path("index.html")).summary == "12 checks, 0 failed"
    assert "(raw). Fix the data" in Validation(12, (CRITICAL,), Path("index.html")).verdict
