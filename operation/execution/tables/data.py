"""`invoke data`: fetch the raw tables into the outputs folder."""

from operation import console
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.tables.snapshot import Snapshot, bring


def show_data(configuration: Configuration, force: bool) -> None:
    """Fetch the raw tables and print where they are."""
    with exclusive(configuration):
        snapshot = bring_data(configuration, connect(configuration), force)
        for table in snapshot.tables:
            console.say(f"{snapshot.folder / table.name}.parquet  {table.rows:,} rows, sha256 {table.sha256}")
        for defect in snapshot.corrected:
            console.say(f"Corrected {defect}")


def bring_data(configuration: Configuration, backend: Backend, force: bool = False) -> Snapshot:
    """Fetch the raw tables into the outputs folder, unless they are there unchanged."""
    data = configuration.data
    with console.step("data") as note:
        source, folder = backend.bring(data.source, data.tables), configuration.outputs / "data" / "raw"
        snapshot = bring(source, data.tables, data.known_defects, folder, configuration.use_case, force)
        rows = ", ".join(f"{table.rows:,} {table.name}" for table in snapshot.tables)
        count = len(snapshot.corrected)
        corrected = f"; {count} known defect{'s' if count > 1 else ''} corrected" if count else ""
        note.text = f"{rows}{corrected}" + ("" if snapshot.fresh else " (unchanged)")
    return snapshot
