"""The corruptions of the weather."""

from operation.tests.data_validation.flights.corrupted import (
    test_a_corruption_gets_its_verdict,
    test_a_corruption_is_found_and_named,
    test_duckdb_finds_the_failures_that_pandas_finds,
    test_every_expectation_finds_a_corruption,
)

__all__ = [
    "test_a_corruption_gets_its_verdict",
    "test_a_corruption_is_found_and_named",
    "test_duckdb_finds_the_failures_that_pandas_finds",
    "test_every_expectation_finds_a_corruption",
]
TABLE = "weather"
