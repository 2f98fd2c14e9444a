"""The corruptions of the flights."""

from operation.tests.data_validation.flights.corrupted import (
    named,
    names_of,
    test_a_corruption_gets_its_verdict,
    test_a_corruption_is_found_and_named,
    test_duckdb_finds_the_failures_that_pandas_finds,
    test_every_expectation_finds_a_corruption,
)
from operation.tests.data_validation.flights.corruptions import AFFECTED, CORRUPTIONS, FindFailures

__all__ = [
    "test_a_corruption_gets_its_verdict",
    "test_a_corruption_is_found_and_named",
    "test_duckdb_finds_the_failures_that_pandas_finds",
    "test_every_expectation_finds_a_corruption",
]
TABLE = "flights"


def test_a_corruption_of_one_column_blames_no_other(find_failures: FindFailures) -> None:
    kinds = ("unknown", "repeated", "delays")
    names = [name for name in names_of("flights") if "column of" in name or name.startswith(kinds)]
    for name in names:
        assert len(named(find_failures(name))) == len(CORRUPTIONS[name].found), name


def test_a_failure_shows_the_values_and_the_rows(find_failures: FindFailures) -> None:
    (failure,) = find_failures("unknown carrier")
    assert failure.values == ("ZZ",) * 5
    assert failure.rows == tuple(AFFECTED[:5])
    assert (failure.observed, failure.expected[:6]) == ("10 of 27,004 values", "9E, AA")


def test_lost_days_are_counted(find_failures: FindFailures) -> None:
    failures = {failure.expected: failure for failure in find_failures("flights without a week")}
    assert failures["days without a flight between the first and the last: at most 0"].observed == "7"


def test_a_few_unknown_carriers_warn_and_many_stop(find_failures: FindFailures) -> None:
    assert [failure.severity for failure in find_failures("unknown carrier")] == ["warning"]
    assert "critical" in {failure.severity for failure in find_failures("other carriers everywhere")}
