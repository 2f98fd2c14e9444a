"""Great Expectations' results in words; the results below have the form that it gives them."""

from pathlib import Path
from typing import Any

import pytest

from operation.execution.validation.failures import Failure, describe
from operation.execution.validation.record import Validation

PASSED = {"raised_exception": False, "exception_message": None}
RAISED = {"raised_exception": True, "exception_message": "'<' not supported\nmore", "exception_traceback": ""}


def failed(
    kind: str, kwargs: dict[str, Any], result: dict[str, Any], exception: dict[str, Any] | None = None
) -> dict[str, Any]:
    config = {"type": kind, "kwargs": kwargs}
    return {"success": False, "expectation_config": config, "result": result, "exception_info": exception or PASSED}


def only(result: dict[str, Any]) -> Failure:
    (failure,) = describe("parcels", [result])
    return failure


def test_values_outside_a_range_are_counted_and_shown() -> None:
    found = {
        "element_count": 1000,
        "unexpected_count": 6,
        "partial_unexpected_list": [float("inf"), 1048.36058, 3.0, 4.0, 5.0, 6.0],
        "partial_unexpected_index_list": [7, 8, 9, 10, 11, 12],
    }
    kwargs = {"column": "wind", "min_value": 0.0, "max_value": 100.0}
    assert only(failed("expect_column_values_to_be_between", kwargs, found)) == Failure(
        suite="parcels",
        expectation="expect_column_values_to_be_between",
        column="wind",
        observed="6 of 1,000 values",
        expected="0 to 100",
        values=("inf", "1048.36058", "3", "4", "5"),
        rows=(7, 8, 9, 10, 11),
    )


def test_a_column_without_a_value_is_said_to_have_none() -> None:
    found = {"element_count": 1, "missing_count": 1, "unexpected_count": None}
    assert only(failed("expect_column_values_to_be_between", {"column": "wind"}, found)).observed == "no value"


def test_missing_and_unexpected_columns_are_one_failure_each() -> None:
    result = {"observed_value": ["b"], "details": {"mismatched": {"missing": ["a"], "unexpected": ["b"]}}}
    failures = describe("features", [failed("expect_table_columns_to_match_set", {"column_set": ["a"]}, result)])
    assert [(failure.column, failure.observed) for failure in failures] == [("a", "missing"), ("b", "unexpected")]


@pytest.mark.parametrize(
    "culprit",
    [
        failed("expect_table_columns_to_match_set", {}, {"details": {"mismatched": {"missing": ["a"]}}}),
        failed("expect_column_values_to_be_of_type", {"column": "a", "type_": "int64"}, {"observed_value": "str"}),
    ],
    ids=["missing column", "retyped column"],
)
def test_what_follows_from_another_failure_is_left_out(culprit: dict[str, Any]) -> None:
    key = failed("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}, {}, {"some metric": RAISED})
    other = failed("expect_column_values_to_be_between", {"column": "b", "min_value": 0}, {}, RAISED)
    failures = list(describe("parcels", [key, culprit, other]))
    assert [failure.column for failure in failures] == ["a", "b"]
    assert failures[1].observed == "could not be checked: '<' not supported"


def test_offending_keys_are_spelled_out() -> None:
    found = {"element_count": 9, "unexpected_count": 2, "partial_unexpected_list": [{"carrier": "UA", "parcel": 1}]}
    failure = only(failed("expect_compound_columns_to_be_unique", {"column_list": ["carrier", "parcel"]}, found))
    assert (failure.column, failure.values) == ("carrier, parcel", ("carrier UA, parcel 1",))


def test_a_set_of_values_says_what_is_missing_in_order() -> None:
    found = {"observed_value": None, "partial_missing_list": [12, 3], "partial_unexpected_list": [13]}
    kwargs = {"column": "month", "value_set": [3, 4, 12]}
    failure = only(failed("expect_column_distinct_values_to_equal_set", kwargs, found))
    assert failure.observed == "missing 3, 12; unexpected 13"


def test_a_set_that_allows_other_values_says_what_is_missing() -> None:
    kwargs = {"column": "carrier", "value_set": ["AA", "UA"]}
    failure = only(failed("expect_column_distinct_values_to_contain_set", kwargs, {"partial_missing_list": ["UA"]}))
    assert failure.observed == "missing UA"


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({"min_value": 10}, "at least 10"),
        ({"max_value": 0.5}, "at most 0.5"),
        ({"value_set": ["EWR", "JFK"]}, "EWR, JFK"),
        ({"type_list": ["int64", "float64"]}, "int64, float64"),
        ({"regex": "^[A-Z]{3}$"}, "^[A-Z]{3}$"),
        ({"mostly": 0.967}, "in at least 96.7% of the rows"),
        ({"min_value": 1, "max_value": 2, "mostly": 0.5}, "1 to 2 in at least 50.0% of the rows"),
        ({}, "in every row"),
    ],
    ids=["minimum", "maximum", "set", "types", "pattern", "share", "range and share", "nothing"],
)
def test_what_was_expected_is_said(kwargs: dict[str, Any], expected: str) -> None:
    assert only(failed("expect_something", {"column": "a", **kwargs}, {"observed_value": None})).expected == expected


def test_nothing_observed_is_said() -> None:
    assert only(failed("expect_column_stdev_to_be_between", {"column": "a"}, {"observed_value": None})).observed == (
        "no value"
    )


def test_what_passed_is_no_failure() -> None:
    passed = {**failed("expect_column_to_exist", {"column": "a"}, {}), "success": True}
    assert list(describe("parcels", [passed])) == []


def mismatched(severity: str, **columns: list[str]) -> dict[str, Any]:
    result = failed("expect_table_columns_to_match_set", {}, {"details": {"mismatched": columns}})
    result["expectation_config"]["severity"] = severity
    return result


def test_a_column_is_told_once_at_its_gravest_and_one_but_for_case_as_such() -> None:
    warning = mismatched("warning", missing=["YEAR", "day"], unexpected=["year ", "loaded_at", ""])
    critical = mismatched("critical", missing=["YEAR", "day"], unexpected=["year "])
    failures = list(describe("parcels", [warning, critical]))
    assert [(failure.severity, failure.column, failure.observed) for failure in failures] == [
        ("critical", "YEAR", "missing; 'year ' is the same name but for case or blanks"),
        ("critical", "day", "missing"),
        ("warning", "loaded_at", "unexpected"),
        ("warning", "'', without a name", "unexpected"),
    ]


def test_a_verdict_counts_expectations_and_tells_apart_what_could_not_be_evaluated() -> None:
    failures = tuple(Failure("parcels", "columns", name, "missing", "a column", check="1") for name in "abc")
    warning = Failure("parcels", "set", "carrier", "1 of 9 values", "UA", severity="warning")
    bad = Validation(92, (*failures, warning), Path("index.html"), unchecked=41)
    counts = "The data do not meet 1 of 92 expectations (parcels); 41 could not be evaluated. Fix"
    assert bad.verdict.startswith(counts)
    assert Validation(92, (warning,), Path("index.html")).success
    assert Validation(92, (warning,), Path("index.html")).summary == "92 checks, 0 failed, 1 with a warning"
