"""`invoke validate`, and the failures of a validation as a table."""

from collections.abc import Sequence
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration, KnownDefect
from operation.execution.temporary import temporary_folder
from operation.execution.validation.failures import Failure
from operation.execution.validation.record import RECORD, Validation, read
from operation.tools import require


def validate(configuration: Configuration, path: str | None) -> None:
    """Check the raw tables that `path` holds, by default those of the configured source.

    Raises:
        OperationError: a critical expectation is not met; the failures have been printed.
    """
    require("gx-duckdb")
    data, reports = configuration.data, configuration.outputs / "reports"
    source = connect(configuration).bring(path or data.source, data.tables)
    display = console.StepDisplay()
    display.start("validate")
    result = validate_source(source, data.tables, data.known_defects, reports, configuration.use_case, data.share)
    display.end("validate", "done" if result.success else "failed", f"raw tables: {result.summary}")
    require_success(result)
    console.say(f"Data docs    {result.data_docs}")


def validate_source(
    source: str, tables: Sequence[str], defects: Sequence[KnownDefect], reports: Path, use_case: str, share: float = 1.0
) -> Validation:
    """Read the raw `tables` of `source`, correct the known defects, and check; an unreadable table is a failure.

    Raises:
        OperationError: the source is unknown, or as `validate_tables`.
    """
    from operation.execution.tables.sources import find_source
    from operation.execution.validation.checkpoints import validate_tables
    from operation.execution.validation.raw_tables import write_raw_tables

    find_source(source)
    with temporary_folder() as folder:
        opened = write_raw_tables(source, tables, defects, folder, use_case)
        return validate_tables(opened, reports, use_case, share)


def require_valid(folder: Path, steps: Sequence[str]) -> None:
    """Look for the records of validation steps in a run's folder; raises as `require_success` does."""
    for name in steps:
        if (folder / name / RECORD).is_file():
            require_success(read(folder / name))


def require_success(result: Validation) -> None:
    """Print the failures as a table, and below them those that only warn.

    Raises:
        OperationError: a critical expectation is not met.
    """
    _show_failures("Not met", result.errors)
    _show_failures("Warnings", result.warnings)
    if not result.success:
        raise OperationError(result.verdict)


def _show_failures(title: str, failures: Sequence[Failure]) -> None:
    if not failures:
        return
    columns = ["suite", "expectation", "column", "observed", "expected", "values", "rows"]
    rows = [
        [
            *(failure.suite, failure.expectation, failure.column or "", failure.observed, failure.expected),
            ", ".join(map(str, failure.values)),
            ", ".join(map(str, failure.rows)),
        ]
        for failure in failures
    ]
    console.table(title, columns, rows)
