"""The corruptions of the prepared parts."""

from operation.tests.data_validation.flights.corrupted import (
    test_a_corruption_gets_its_verdict,
    test_a_corruption_is_found_and_named,
    test_duckdb_finds_the_failures_that_pandas_finds,
    test_every_expectation_finds_a_corruption,
)
from operation.tests.data_validation.flights.corruptions import FindFailures

__all__ = [
    "test_a_corruption_gets_its_verdict",
    "test_a_corruption_is_found_and_named",
    "test_duckdb_finds_the_failures_that_pandas_finds",
    "test_every_expectation_finds_a_corruption",
]
TABLE = "features"


def test_a_missing_month_is_named(find_failures: FindFailures) -> None:
    assert "missing 3" in [failure.observed for failure in find_failures("features without March")]
