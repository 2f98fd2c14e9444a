"""Validate tables against the expectations of the project in operation/tests/data_validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from operation.errors import OperationError
from operation.execution.configuration import KnownDefect
from operation.execution.data_sources import read_table
from operation.execution.defects import correct
from operation.execution.expectations import DATA_DOCS, run_checkpoints
from operation.execution.failures import Failure, describe
from operation.execution.sources import find_source

if TYPE_CHECKING:
    from pandas import DataFrame

READABLE = "readable"


@dataclass(frozen=True)
class Validation:
    """The outcome: how many checks ran, which failed, the first page of the Data Docs, the defects mended before."""

    checks: int
    failures: tuple[Failure, ...]
    data_docs: Path
    corrected: tuple[KnownDefect, ...] = ()

    @property
    def success(self) -> bool:
        return not self.failures


def validate(tables: "Mapping[str, DataFrame | pa.Table]", reports: Path) -> Validation:
    """Check loaded tables, by name ("flights", "weather", "features"), and write Data Docs below `reports`.

    Raises OperationError for a table that no checkpoint knows and for a folder that cannot be written.
    """
    return _validate(tables, tuple(tables), reports)


def validate_source(source: str, tables: Sequence[str], defects: Sequence[KnownDefect], reports: Path) -> Validation:
    """Read the raw `tables` of `source`, mend the known defects and validate; an unreadable table is a failure.

    Raises OperationError as `validate` does, and for an unknown source.
    """
    find_source(source)
    loaded: dict[str, pa.Table] = {}
    corrected: list[KnownDefect] = []
    unreadable: list[Failure] = []
    for name in tables:
        try:
            loaded[name], found = correct(read_table(source, name), name, defects)
            corrected.extend(found)
        except OperationError as error:
            unreadable.append(Failure(f"raw_{name}", READABLE, None, observed=str(error), expected="a readable file"))
    checked = _validate(loaded, tables, reports)
    return Validation(
        checked.checks + len(tables), (*unreadable, *checked.failures), checked.data_docs, tuple(corrected)
    )


def read_features(prepared: Path) -> pa.Table:
    """Return the table "features": the rows of train.parquet, then of test.parquet, of a folder of prepared data."""
    parts = [read_table(str(prepared), part) for part in ("train", "test")]
    return pa.concat_tables(parts)


def _validate(tables: "Mapping[str, DataFrame | pa.Table]", replaced: Sequence[str], reports: Path) -> Validation:
    try:
        outcomes = run_checkpoints(tables, replaced, reports)
    except OSError as error:
        raise OperationError(f"Cannot write the reports to {reports}: {error}. Mend that or choose another.") from error
    failures = tuple(failure for outcome in outcomes for failure in describe(outcome.suite, outcome.results))
    checks = sum(len(outcome.results) for outcome in outcomes)
    return Validation(checks, failures, reports / DATA_DOCS / "index.html")
