"""`invoke prepare`: fetch the data and prepare them."""

from operation import console
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.tables.data import bring_data
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done, follow, show_reused
from operation.execution.training.lineage import collect, label_run


def prepare(configuration: Configuration) -> None:
    """Fetch the data and prepare them, in a run of their own."""
    backend = connect(configuration)
    runs = backend.runs
    with in_order(configuration, backend):
        snapshot = bring_data(configuration, backend)
        folders, steps = {"raw": snapshot.folder}, [pipeline.prepare(configuration)]
        if same := find_done(runs, steps, folders):
            show_reused(steps)
        tags = collect(configuration, snapshot.sha256) | label_run(configuration, "prepare")
        run = same or follow(runs, runs.submit(steps, folders, tags=tags))
        console.say(f"Prepared data: {run.folder / 'prepared'}")
