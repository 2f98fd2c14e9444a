"""`invoke data` and `invoke validate`: bring the raw tables, check them, and say what is wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.tables.snapshot import Snapshot, bring

if TYPE_CHECKING:
    from operation.execution.validation import Validation


def bring_and_say(configuration: Configuration, force: bool) -> None:
    """Bring the raw tables and say where they are."""
    with exclusive(configuration):
        snapshot = bring_data(configuration, connect(configuration), force)
        for table in snapshot.tables:
            console.say(f"{snapshot.folder / table.name}.parquet  {table.rows:,} rows, sha256 {table.sha256}")
        for defect in snapshot.corrected:
            console.say(f"Corrected {defect}")


def bring_data(configuration: Configuration, backend: Backend, force: bool = False) -> Snapshot:
    """Bring the raw tables into the outputs folder, unless they are there unchanged."""
    data = configuration.data
    with console.step("data") as note:
        source, folder = backend.bring(data.source, data.tables), configuration.outputs / "data" / "raw"
        snapshot = bring(source, data.tables, data.known_defects, folder, force)
        rows = ", ".join(f"{table.rows:,} {table.name}" for table in snapshot.tables)
        corrected = f"; {len(snapshot.corrected)} known defect corrected" if snapshot.corrected else ""
        note.text = f"{rows}{corrected}" + ("" if snapshot.fresh else " (unchanged)")
    return snapshot


def validate_path(configuration: Configuration, path: str | None) -> None:
    """Check the raw tables that `path` holds, by default those of the configured source.

    Raises:
        OperationError: an expectation is not met; the failures have been printed.
    """
    from operation.execution.validation import validate_source  # brings Great Expectations

    data, reports = configuration.data, configuration.outputs / "reports"
    source = connect(configuration).bring(path or data.source, data.tables)
    display = console.StepDisplay()
    display.start("validate")
    result = validate_source(source, data.tables, data.known_defects, reports)
    text = f"raw tables: {result.checks} checks, {len(result.failures)} failed"
    display.end("validate", "done" if result.success else "failed", text)
    require_success(result)


def require_success(result: "Validation") -> None:
    """Print the failures as a table.

    Raises:
        OperationError: there are some.
    """
    if not result.success:
        _show(result)
        suites = ", ".join(sorted({failure.suite for failure in result.failures}))
        raise OperationError(
            f"The data do not meet {len(result.failures)} of {result.checks} expectations ({suites}); see the table. "
            f"Mend the data, or the suite if it is wrong. Report: {result.data_docs}"
        )


def require_valid(folder: Path, steps: Sequence[str]) -> None:
    """Look for the results of validation steps in a run's folder; raises as `require_success` does."""
    from operation.execution.validation import RECORD, read

    for name in steps:
        if (folder / name / RECORD).is_file():
            require_success(read(folder / name))


def _show(result: "Validation") -> None:
    columns = ["suite", "expectation", "column", "observed", "expected", "values", "rows"]
    rows = [
        [
            *(failure.suite, failure.expectation, failure.column or "", failure.observed, failure.expected),
            ", ".join(map(str, failure.values)),
            ", ".join(map(str, failure.rows)),
        ]
        for failure in result.failures
    ]
    console.table("Not met", columns, rows)
