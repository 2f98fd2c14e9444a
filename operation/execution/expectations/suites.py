"""The committed suites of a use case's raw tables, and names by which people choose their expectations."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.expectations.facts import Expectation
from operation.execution.tables import sources

WORDS = {
    "expect_table_row_count_to_be_between": "rows",
    "expect_column_values_to_not_be_null": "filled",
    "expect_column_values_to_be_of_type": "type",
    "expect_column_values_to_be_unique": "unique",
    "expect_column_values_to_match_regex": "pattern",
    "expect_compound_columns_to_be_unique": "unique",
    "expect_table_columns_to_match_set": "columns",
    "expect_column_values_to_be_between": "range",
    "expect_column_values_to_be_in_set": "values",
    "expect_column_value_lengths_to_be_between": "lengths",
    "expect_column_unique_value_count_to_be_between": "distinct",
    "expect_column_stdev_to_be_between": "deviation",
}
MOST_WORDS = 6  # of the measure of a query


@dataclass(frozen=True)
class Suite:
    """The suite of one table: its file, all of its JSON, and a name for each expectation."""

    table: str
    file: Path
    content: dict[str, Any]
    names: tuple[str, ...]

    @property
    def expectations(self) -> list[dict[str, Any]]:
        """Return the expectations in their order."""
        found: list[dict[str, Any]] = self.content["expectations"]
        return found


def read_suites(configuration: Configuration) -> dict[str, Suite]:
    """Read the suites of the raw tables that have one, by table.

    Raises:
        OperationError: none has, or one is damaged.
    """
    folder = sources.EXPECTATIONS / configuration.use_case
    files = {table: folder / f"{table}.json" for table in configuration.data.tables}
    found = {table: _read(table, file) for table, file in files.items() if file.is_file()}
    if not found:
        raise OperationError(
            f"The use case {configuration.use_case} has no suites, so nothing says which data are accepted. Add "
            f"{folder / configuration.data.tables[0]}.json."
        )
    return found


def names_of(table: str, expectations: Sequence[Expectation]) -> tuple[str, ...]:
    """Name the expectations: TABLE.COLUMN.WHAT, with the severity, then a number, where several would be equal."""
    plain = [f"{table}.{_plain(each)}" for each in expectations]
    counted = Counter(plain)
    named = [
        name if counted[name] == 1 else f"{name}.{each.get('severity') or 'critical'}"
        for name, each in zip(plain, expectations, strict=True)
    ]
    seen: Counter[str] = Counter()
    found = []
    for name in named:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(found)


def _read(table: str, file: Path) -> Suite:
    content = sources.read_suite(file)
    return Suite(table, file, content, names_of(table, content["expectations"]))


def _plain(expectation: Expectation) -> str:
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if "measure" in kwargs:
        words = re.findall(r"\w+", str(kwargs["measure"]).lower())
        return "-".join(words[:MOST_WORDS])
    word = WORDS.get(kind) or re.sub(r"^expect_(column_)?|_to_be_between$|_to_.*$", "", kind).replace("_", "-")
    columns = kwargs.get("column") or "+".join(kwargs.get("column_list", ()))
    return f"{columns}.{word}" if columns else word
