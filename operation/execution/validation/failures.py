"""Describe what validation found wrong in words for people: Great Expectations' results as plain values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SAMPLE = 5
READABLE = "readable"  # the expectation that an unreadable table does not meet
CRITICAL = "critical"  # Great Expectations' default; its others are "warning" and "info"
SEVERITIES = (CRITICAL, "warning", "info")
Result = Mapping[str, Any]  # of one expectation, from Great Expectations' `to_json_dict`


@dataclass(frozen=True)
class Failure:
    """An expectation that the data did not meet.

    `column` is None if the expectation is on the whole table; `values` and `rows` are a sample of the offending values
    and of their row numbers, counted from 0. `severity` is the expectation's own: only "critical" stops a run. `check`
    is its id in its suite, since one expectation may fail in several columns.
    """

    suite: str
    expectation: str
    column: str | None
    observed: str
    expected: str
    values: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    severity: str = CRITICAL
    check: str = ""


def describe(suite: str, results: Sequence[Result]) -> Iterator[Failure]:
    """Yield the failures among the results of one suite, each column of a table once: at its gravest.

    A check that could not be made because its column is missing or has another type is left out: one defect should be
    one failure, and the missing column or the wrong type is reported already.
    """
    failed = [result for result in results if not result["success"]]
    culprits = {column for result in failed for column in _find_mismatched(result).get("missing", [])}
    culprits |= {column for result in failed if _format_type(result) for column in list_columns(result)}
    told = set()
    for result in sorted(failed, key=lambda result: SEVERITIES.index(severity_of(result))):
        if _find_mismatched(result):
            for failure in _describe_columns(suite, result):
                if failure.column not in told:
                    yield failure
                told.add(failure.column)
        elif not (find_exception(result) and culprits.intersection(list_columns(result))):
            yield _describe_one(suite, result)


def count_unchecked(results: Iterable[Result]) -> int:
    """Count the expectations that could not be evaluated, such as those on a column that is missing."""
    return sum(find_exception(result) is not None for result in results)


def _check(result: Result) -> str:
    return str(result["expectation_config"].get("id") or "")


def severity_of(result: Result) -> str:
    """Return how grave it is that the expectation is not met."""
    return str(result["expectation_config"].get("severity") or CRITICAL)


def _describe_columns(suite: str, result: Result) -> Iterator[Failure]:
    """Describe missing and unexpected columns; two whose names differ in case or blanks alone are one failure."""
    mismatched = _find_mismatched(result)
    unexpected = {_plain(column): column for column in mismatched.get("unexpected", [])}
    kind, severity, check = result["expectation_config"]["type"], severity_of(result), _check(result)
    for column in mismatched.get("missing", []):
        alike = unexpected.pop(_plain(column), None)
        observed = f"missing; {alike!r} is the same name but for case or blanks" if alike else "missing"
        yield Failure(suite, kind, column, observed, "a column", severity=severity, check=check)
    if result["expectation_config"]["kwargs"].get("exact_match") is False:
        return  # which takes other columns, though it lists them
    for plain, name in unexpected.items():
        column = name if plain else f"{name!r}, without a name"
        yield Failure(suite, kind, column, "unexpected", "no such column", severity=severity, check=check)


def _plain(column: str) -> str:
    return column.strip().casefold()


def _describe_one(suite: str, result: Result) -> Failure:
    details = result["result"]
    return Failure(
        suite,
        result["expectation_config"]["type"],
        ", ".join(list_columns(result)) or None,
        describe_observed(result),
        describe_expected(result),
        tuple(_format(value) for value in details.get("partial_unexpected_list", [])[:SAMPLE]),
        tuple(int(row) for row in details.get("partial_unexpected_index_list", [])[:SAMPLE]),
        severity_of(result),
        _check(result),
    )


def _find_mismatched(result: Result) -> dict[str, list[str]]:
    """List the missing and the unexpected columns that an expectation on the set of columns has found."""
    details = result["result"].get("details") or {}
    return dict(details.get("mismatched") or {})


def list_columns(result: Result) -> list[str]:
    """List the columns that the expectation is about; none if it is about the whole table."""
    kwargs = result["expectation_config"]["kwargs"]
    return [kwargs["column"]] if "column" in kwargs else list(kwargs.get("column_list", []))


def describe_observed(result: Result) -> str:
    """Say what was found, or why nothing could be."""
    details = result["result"]
    if exception := find_exception(result):
        return f"could not be checked: {exception}"
    if "partial_missing_list" in details:  # only expectations on the set of distinct values have it
        wanted = result["expectation_config"]["kwargs"]["value_set"]  # the lists come from sets, in any order
        missing = [value for value in wanted if value in details["partial_missing_list"]]
        parts = {"missing": missing, "unexpected": details.get("partial_unexpected_list", [])}
        return "; ".join(f"{name} {_format(values)}" for name, values in parts.items() if values)
    if details.get("unexpected_count") is not None:  # nor is it where every value is missing
        return f"{details['unexpected_count']:,} of {details['element_count']:,} values"
    return _format(details.get("observed_value")) or "no value"


def find_exception(result: Result) -> str | None:
    """Return the first line of the exception; Great Expectations keeps one, or one for each metric."""
    information = result["exception_info"]
    exceptions = [information] if "raised_exception" in information else list(information.values())
    messages = [str(each["exception_message"]) for each in exceptions if each["raised_exception"]]
    return messages[0].splitlines()[0] if messages else None


def _format_type(result: Result) -> str:
    kwargs = result["expectation_config"]["kwargs"]
    return _format(kwargs.get("type_") or kwargs.get("type_list") or "")


def describe_expected(result: Result) -> str:
    """Say what the expectation wants."""
    kwargs = result["expectation_config"]["kwargs"]
    low, high, mostly = _format(kwargs.get("min_value")), _format(kwargs.get("max_value")), kwargs.get("mostly", 1)
    parts = [
        f"{kwargs['measure']}:" if "measure" in kwargs else "",
        f"{low} to {high}" if low and high else "",
        f"at least {low}" if low and not high else "",
        f"at most {high}" if high and not low else "",
        _format(kwargs.get("value_set")),
        _format(kwargs.get("column_set")),
        _format_type(result),
        kwargs.get("regex", ""),
        f"in at least {mostly:.1%} of the rows" if mostly < 1 else "",
    ]
    return " ".join(part for part in parts if part) or "in every row"


def _format(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_format(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(_format(part) for part in value)
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)
