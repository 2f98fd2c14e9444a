"""Validate tables against the expectations of the project in operation/tests/data_validation.

Importing this package imports nothing heavy; its functions do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operation.errors import OperationError
from operation.execution.validation.failures import READABLE, Failure, describe
from operation.tools import required

if TYPE_CHECKING:
    import pyarrow as pa
    from gx_duckdb.rows import Resources, Rows

    from operation.execution.configuration.sections import KnownDefect

RECORD = "validation.json"
Open = Callable[[], AbstractContextManager["Rows"]]


@dataclass(frozen=True)
class Validation:
    """The outcome: how many checks ran, which failed, the first page of the Data Docs, the defects mended before."""

    checks: int
    failures: tuple[Failure, ...]
    data_docs: Path
    corrected: tuple[KnownDefect, ...] = ()

    @property
    def success(self) -> bool:
        """Whether every check passed."""
        return not self.failures


def validate(tables: Mapping[str, pa.Table], reports: Path) -> Validation:
    """Check loaded tables, by name ("flights", "weather", "features"), and write Data Docs below `reports`.

    Raises OperationError for a table that no checkpoint knows and for a folder that cannot be written.
    """
    with required("gx-duckdb"):
        from gx_duckdb.rows import Resources, open_rows

    return _validate({name: partial(open_rows, table, Resources()) for name, table in tables.items()}, reports)


def validate_files(tables: Mapping[str, Sequence[Path]], reports: Path, resources: Resources) -> Validation:
    """Check tables that are in parquet files, each the parts of its table; an unreadable file is a failure.

    Raises OperationError as `validate` does.
    """
    with required("gx-duckdb"):
        from gx_duckdb.rows import open_rows

    return _validate({name: partial(open_rows, files, resources) for name, files in tables.items()}, reports)


def validate_source(source: str, tables: Sequence[str], defects: Sequence[KnownDefect], reports: Path) -> Validation:
    """Read the raw `tables` of `source`, mend the known defects and validate; an unreadable table is a failure.

    Raises OperationError as `validate` does, and for an unknown source.
    """
    from operation.execution.tables.sources import find_source

    with required("gx-duckdb"):
        from operation.execution.validation.raw import open_source

    find_source(source)
    corrected: list[KnownDefect] = []
    checked = _validate({name: partial(open_source, source, name, defects, corrected) for name in tables}, reports)
    return Validation(checked.checks, checked.failures, checked.data_docs, tuple(corrected))


def read_features(prepared: Path) -> pa.Table:
    """Return the table "features": the rows of train.parquet, then of test.parquet, of a folder of prepared data."""
    import pyarrow as pa

    from operation.execution.tables.reading import read_table

    return pa.concat_tables(read_table(str(prepared), part) for part in ("train", "test"))


def write(validation: Validation, folder: Path) -> None:
    """Write the outcome into a folder, which also has its Data Docs, as validation.json."""
    record = {
        "checks": validation.checks,
        "failures": [asdict(failure) for failure in validation.failures],
        "data_docs": validation.data_docs.relative_to(folder).as_posix(),
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Validation:
    """Read the outcome that the step `python -m operation.execution.validation` has written into `folder`.

    Raises OperationError when it is not there or not whole.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        failures = tuple(_read_failure(failure) for failure in record["failures"])
        return Validation(record["checks"], failures, folder / record["data_docs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OperationError(
            f"{folder / RECORD} is not the record of a validation: {error}. Validate again."
        ) from error


def _read_failure(record: Mapping[str, Any]) -> Failure:
    return Failure(**{**record, "values": tuple(record["values"]), "rows": tuple(record["rows"])})


def _validate(tables: Mapping[str, Open], reports: Path) -> Validation:
    from operation.execution.validation.project import DATA_DOCS, run_checkpoints

    try:
        outcomes = run_checkpoints(tables, reports)
    except OSError as error:
        raise OperationError(f"Cannot write the reports to {reports}: {error}. Mend that or choose another.") from error
    unreadable = [
        Failure(outcome.suite, READABLE, None, outcome.unreadable, "a readable file")
        for outcome in outcomes
        if outcome.unreadable
    ]
    failures = [failure for outcome in outcomes for failure in describe(outcome.suite, outcome.results)]
    checks = sum(1 + len(outcome.results) for outcome in outcomes)
    return Validation(checks, (*unreadable, *failures), reports / DATA_DOCS / "index.html")
