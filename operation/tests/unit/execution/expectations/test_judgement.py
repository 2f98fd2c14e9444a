"""Facts alone say whether an expectation is met; data_validation compares with Great Expectations."""

import pytest

from operation.execution.expectations.facts import Facts
from operation.execution.expectations.judgement import is_met, observe
from operation.tests.unit.execution.expectations.conftest import Describe, expect

MEETS = [
    (expect("table_row_count_to_be_between", min_value=600), expect("table_row_count_to_be_between", min_value=601)),
    (expect("column_mean_to_be_between", column="amount", min_value=22, max_value=24),
     expect("column_mean_to_be_between", column="amount", max_value=22)),
    (expect("column_median_to_be_between", column="amount", min_value=23), expect(
        "column_median_to_be_between", column="amount", min_value=23.1)),
    (expect("column_stdev_to_be_between", column="amount", min_value=1.9, max_value=2.1),
     expect("column_stdev_to_be_between", column="amount", max_value=1.9)),
    (expect("column_unique_value_count_to_be_between", column="city", min_value=4, max_value=4),
     expect("column_unique_value_count_to_be_between", column="city", min_value=5)),
    (expect("column_values_to_be_between", column="amount", min_value=20, max_value=26),
     expect("column_values_to_be_between", column="amount", min_value=20, max_value=25)),
    (expect("column_values_to_be_between", column="id", max_value=550, mostly=0.9),
     expect("column_values_to_be_between", column="id", max_value=530, mostly=0.9)),
    (expect("column_values_to_be_between", column="day", max_value="2026-01-25T00:00:00+00:00"),
     expect("column_values_to_be_between", column="day", max_value="2026-01-24T00:00:00+00:00")),
    (expect("column_values_to_be_between", column="day", max_value={"$PARAMETER": "last_moment"}),
     expect("column_values_to_be_between", column="day", min_value={"$PARAMETER": "last_moment"})),
    (expect("column_values_to_not_be_null", column="amount", mostly=0.9),
     expect("column_values_to_not_be_null", column="amount", mostly=0.91)),
    (expect("column_values_to_not_be_null", column="city"), expect("column_values_to_not_be_null", column="amount")),
    (expect("column_values_to_be_in_set", column="land", value_set=["NI", "NW", "SN"]),
     expect("column_values_to_be_in_set", column="land", value_set=["NI", "NW"])),
    (expect("column_values_to_be_in_set", column="land", value_set=["NW"], mostly=0.5),
     expect("column_values_to_be_in_set", column="land", value_set=["NI"], mostly=0.5)),
    (expect("column_distinct_values_to_equal_set", column="pieces", value_set=[0, 1, 2]),
     expect("column_distinct_values_to_equal_set", column="pieces", value_set=[0, 1, 2, 3])),
    (expect("column_distinct_values_to_contain_set", column="pieces", value_set=[0]),
     expect("column_distinct_values_to_contain_set", column="pieces", value_set=[7])),
    (expect("column_value_lengths_to_be_between", column="city", min_value=4, max_value=7),
     expect("column_value_lengths_to_be_between", column="city", min_value=5)),
    (expect("column_values_to_be_of_type", column="amount", type_="float64"),
     expect("column_values_to_be_of_type", column="amount", type_="int64")),
    (expect("column_values_to_be_unique", column="id"), expect("column_values_to_be_unique", column="city")),
    (expect("compound_columns_to_be_unique", column_list=["id", "day"]),
     expect("compound_columns_to_be_unique", column_list=["city", "day"])),
    (expect("column_values_to_match_regex", column="city", regex="^[A-D]"),
     expect("column_values_to_match_regex", column="city", regex="^[A-C]")),
    (expect("query_value_to_be_between", measure="m", query="SELECT 3 FROM {batch} LIMIT 1", max_value=3),
     expect("query_value_to_be_between", measure="m", query="SELECT 3 FROM {batch} LIMIT 1", max_value=2)),
    (expect("table_columns_to_match_set", column_set=["id", "day"], exact_match=False),
     expect("table_columns_to_match_set", column_set=["id", "day"])),
]  # fmt: skip


@pytest.fixture(scope="module")
def facts(describe: Describe) -> Facts:
    """Measure all of MEETS at once: the facts of the columns, which take most of the time, are the same for each."""
    return describe(*(each for pair in MEETS for each in pair))


@pytest.mark.parametrize(("met", "unmet"), MEETS, ids=[met["type"] for met, _ in MEETS])
def test_facts_tell_whether_an_expectation_is_met(facts: Facts, met: dict, unmet: dict) -> None:  # type: ignore[type-arg]
    assert is_met(met, facts) is True
    assert is_met(unmet, facts) is False


def test_an_infinite_number_is_outside_of_every_range(describe: Describe) -> None:
    facts = describe(rows="CASE WHEN id = 7 THEN 'inf'::DOUBLE ELSE amount END AS amount")
    within = expect("column_values_to_be_between", column="amount", min_value=0, max_value=100)
    assert is_met(within, facts) is False
    assert is_met({**within, "kwargs": {**within["kwargs"], "mostly": 0.9}}, facts) is True


def test_a_bound_on_rows_is_scaled_by_the_share(describe: Describe) -> None:
    rows = expect("table_row_count_to_be_between", min_value={"$PARAMETER": "1000 * share"})
    facts = describe(rows)
    assert is_met(rows, facts) is False
    assert is_met(rows, facts, share=0.5) is True


@pytest.mark.parametrize(
    "unknown",
    [
        expect("column_mean_to_be_between", column="lost", max_value=1),
        expect("column_mean_to_be_between", column="amount", max_value={"$PARAMETER": "of something else"}),
        expect("column_values_to_be_between", column="amount", max_value={"$PARAMETER": "of something else"}),
        expect("column_kl_divergence_to_be_less_than", column="amount"),
        expect("query_value_to_be_between", measure="m", query="SELECT x FROM {elsewhere}", max_value=1),
        expect("column_values_to_match_regex", column="amount", regex="("),
    ],
    ids=["column", "parameter", "parameter of a range", "kind", "table", "pattern"],
)
def test_what_facts_cannot_tell_is_no_verdict(describe: Describe, unknown: dict) -> None:  # type: ignore[type-arg]
    assert is_met(unknown, describe(unknown)) is None


def test_a_range_that_may_be_left_is_observed_without_its_ends(describe: Describe) -> None:
    low, high = observe(expect("column_values_to_be_between", column="id", mostly=0.98), describe()) or (0, 0)
    assert 3 < low < 9
    assert 590 < high < 597
