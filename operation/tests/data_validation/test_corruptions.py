"""Each corruption of the real data is found and named, and each expectation finds one."""

import json
from collections.abc import Iterable, Iterator

import pytest

from operation.execution.validation.checkpoints import PROJECT
from operation.execution.validation.failures import Failure
from operation.tests.data_validation.conftest import FindFailures
from operation.tests.data_validation.corruptions import AFFECTED, COLUMNS, CORRUPTIONS


def named(failures: Iterable[Failure]) -> set[tuple[str, str, str | None]]:
    return {(failure.suite, failure.expectation, failure.column) for failure in failures}


def committed_expectations() -> Iterator[tuple[str, str, str | None, str]]:
    """Every expectation of the project as its suite, its type, its column or columns, and its severity."""
    for file in sorted((PROJECT / "expectations" / "flights").glob("*.json")):
        for expectation in json.loads(file.read_text(encoding="utf-8"))["expectations"]:
            kwargs = expectation["kwargs"]
            column = kwargs.get("column") or ", ".join(kwargs.get("column_list", [])) or None
            yield file.stem, expectation["type"], column, expectation["severity"]


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_found_and_named(name: str, find_failures: FindFailures) -> None:
    suite = CORRUPTIONS[name].table
    expected = {(suite, expectation, column) for expectation, column in CORRUPTIONS[name].found}
    assert expected <= named(find_failures(name))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_duckdb_finds_the_failures_that_pandas_finds(
    name: str, find_failures: FindFailures, find_failures_by_pandas: FindFailures
) -> None:
    # Great Expectations' own engine has one table only.
    found = [failure for failure in find_failures(name) if not failure.expected.startswith("longest time at a place")]
    assert found == list(find_failures_by_pandas(name))


def test_a_corruption_of_one_column_blames_no_other(find_failures: FindFailures) -> None:
    names = [name for name in CORRUPTIONS if "column of" in name or name.startswith(("unknown", "repeated", "delays"))]
    for name in names:
        assert len(named(find_failures(name))) == len(CORRUPTIONS[name].found), name


def test_a_failure_shows_the_values_and_the_rows(find_failures: FindFailures) -> None:
    (failure,) = find_failures("unknown carrier")
    assert failure.values == ("ZZ",) * 5
    assert failure.rows == tuple(AFFECTED[:5])
    assert (failure.observed, failure.expected[:6]) == ("10 of 27,004 values", "9E, AA")


def test_a_missing_month_is_named(find_failures: FindFailures) -> None:
    assert "missing 3" in [failure.observed for failure in find_failures("features without March")]


def test_lost_days_are_counted(find_failures: FindFailures) -> None:
    failures = {failure.column: failure for failure in find_failures("flights without a week")}
    assert failures["year, month, day"].observed == "7"
    assert failures["year, month, day"].expected == "days without a flight between the first and the last: at most 0"


def test_a_few_unknown_carriers_warn_and_many_stop(find_failures: FindFailures) -> None:
    assert [failure.severity for failure in find_failures("unknown carrier")] == ["warning"]
    assert "critical" in {failure.severity for failure in find_failures("other carriers everywhere")}


@pytest.mark.parametrize(
    ("suite", "expectation", "column", "severity"),
    [pytest.param(*each, id=" ".join(filter(None, each))) for each in committed_expectations()],
)
def test_every_expectation_finds_a_corruption(
    suite: str, expectation: str, column: str | None, severity: str, find_failures: FindFailures
) -> None:
    names = [name for name, corruption in CORRUPTIONS.items() if corruption.table == suite]
    failures = {(each.expectation, each.severity, each.column) for name in names for each in find_failures(name)}
    about_columns = expectation == COLUMNS  # its failures name one column each
    assert any(found[:2] == (expectation, severity) and (about_columns or found[2] == column) for found in failures)
