"""Each corruption of a table is found, named and judged, and each expectation finds one.

The files that import these tests are one for each table, so that two processes share them.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from operation.execution.validation.checkpoints import PROJECT
from operation.execution.validation.failures import Failure
from operation.tests.data_validation.flights.corruptions import COLUMNS, CORRUPTIONS, QUERY, FindFailures

# Measures that compare flights with the weather.
OF_TWO_TABLES = ("longest time at a place between", "correlation of a flight's delay with the visibility")


@dataclass(frozen=True)
class Committed:
    """An expectation of a suite; `column` is its column or its columns."""

    table: str
    id: str
    type: str
    column: str | None
    severity: str


def named(failures: Iterable[Failure]) -> set[tuple[str, str, str | None]]:
    return {(failure.suite, failure.expectation, failure.column) for failure in failures}


def names_of(table: str) -> list[str]:
    return [name for name, corruption in CORRUPTIONS.items() if corruption.table == table]


def compared_names_of(table: str) -> list[str]:
    """Corruptions that more finds than queries, which are DuckDB's even where pandas has the rows."""
    return [name for name in names_of(table) if {kind for kind, _ in CORRUPTIONS[name].found} != {QUERY}]


def expectations_of(table: str) -> list[Committed]:
    suite = json.loads((PROJECT / "expectations" / "flights" / f"{table}.json").read_text(encoding="utf-8"))
    found = []
    for each in suite["expectations"]:
        kwargs = each["kwargs"]
        column = kwargs.get("column") or ", ".join(kwargs.get("column_list", [])) or None
        found.append(Committed(table, each["id"], each["type"], column, each["severity"]))
    return found


def test_a_corruption_is_found_and_named(name: str, find_failures: FindFailures) -> None:
    suite = CORRUPTIONS[name].table
    expected = {(suite, expectation, column) for expectation, column in CORRUPTIONS[name].found}
    assert expected <= named(find_failures(name))


def test_a_corruption_gets_its_verdict(name: str, find_failures: FindFailures) -> None:
    severities = {failure.severity for failure in find_failures(name)}
    assert ("refuse" if "critical" in severities else "warn") == CORRUPTIONS[name].verdict


def test_duckdb_finds_the_failures_that_pandas_finds(
    compared: str, find_failures: FindFailures, find_failures_by_pandas: FindFailures
) -> None:
    # Great Expectations' own engine has one table only.
    here = find_failures(compared)
    found = [failure for failure in here if not failure.expected.startswith(OF_TWO_TABLES)]
    assert without_rows(found) == without_rows(find_failures_by_pandas(compared))


def without_rows(failures: Iterable[Failure]) -> list[Failure]:
    """The failures; of a check that ended with an error, without the row: DuckDB's threads decide whose comes first."""
    broken = "could not be checked"
    return [replace(each, observed=broken) if each.observed.startswith(broken) else each for each in failures]


def test_every_expectation_finds_a_corruption(expectation: Committed, find_failures: FindFailures) -> None:
    failures = [failure for name in names_of(expectation.table) for failure in find_failures(name)]
    if expectation.type == COLUMNS:  # one failure for each column, at the gravest of the severities
        assert any((each.expectation, each.severity) == (COLUMNS, expectation.severity) for each in failures)
    else:
        assert expectation.id in {each.check for each in failures}
