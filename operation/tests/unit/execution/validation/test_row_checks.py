"""Tables to be scored are held to what must be so in every row, and to nothing that only a delivery has."""

from typing import Any

import pytest

from operation.execution.validation.row_checks import choose

COLUMNS = "expect_table_columns_to_match_set"
RANGE = "expect_column_values_to_be_between"


def check(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": "critical"}


@pytest.mark.parametrize(
    "expectation",
    [
        check("expect_column_values_to_not_be_null", column="town"),
        check(RANGE, column="price", min_value=0),
        check(RANGE, column="price", min_value=0, mostly=1),
        check("expect_column_value_lengths_to_be_between", column="town", max_value=9),
        check("expect_compound_columns_to_be_unique", column_list=["town", "price"]),
        check("expect_column_pair_values_a_to_be_greater_than_b", column_A="price", column_B="town"),
    ],
    ids=lambda each: each["type"],
)
def test_what_holds_for_every_row_is_checked_in_the_columns_that_are_read(expectation: dict[str, Any]) -> None:
    assert choose([expectation], ["town", "price"]) == [expectation]
    assert choose([expectation], ["size"]) == []


@pytest.mark.parametrize(
    "expectation",
    [
        check("expect_table_row_count_to_be_between", min_value=100),
        check("expect_column_mean_to_be_between", column="price", min_value=3),
        check("expect_column_values_to_not_be_null", column="price", mostly=0.9),
        check(RANGE, column="price", max_value={"$PARAMETER": "last_day"}),
        check("expect_query_value_to_be_between", query="SELECT 1 FROM {batch}", column_list=["price"]),
        check("expect_column_distinct_values_to_equal_set", column="town", value_set=["Ulm"]),
        check(COLUMNS, column_set=["town", "price"]),
    ],
    ids=lambda each: each["type"],
)
def test_what_only_a_whole_delivery_has_is_not_asked_of_rows_to_be_scored(expectation: dict[str, Any]) -> None:
    assert choose([expectation], ["town", "price"]) == []


def test_columns_of_the_outcome_may_be_missing() -> None:
    wanted = check(COLUMNS, column_set=["town", "price", "paid"], exact_match=False)
    (kept,) = choose([wanted], ["town", "price"])
    assert kept["kwargs"] == {"column_set": ["town", "price"], "exact_match": False}
