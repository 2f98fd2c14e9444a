"""`invoke evaluate`: evaluate the model of a run once more."""

from operation import console
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.registration import summary
from operation.execution.registration.evidence import comparison_file, read_evidence
from operation.execution.registration.trained_runs import find_trained
from operation.execution.training import pipeline
from operation.execution.training.champion import fetch_champion
from operation.execution.training.follow import follow
from operation.execution.training.lineage import label_run


def evaluate(configuration: Configuration, run_id: str | None) -> None:
    """Evaluate the model of a run against the champion of now; the result is a run of its own.

    Raises:
        OperationError: there is no such run, or it has no model.
    """
    backend = connect(configuration)
    with in_order(configuration, backend):
        trained = find_trained(configuration, backend.runs, run_id)
        champion, folders = fetch_champion(configuration, backend.registry)
        steps, files = [pipeline.evaluate(configuration, champion is not None)], comparison_file(champion)
        tags = {**trained.lineage, **label_run(configuration, "evaluate")}
        run = backend.runs.submit(steps, folders, trained.run, tags=tags, files=files)
        run = follow(backend.runs, run)
        summary.show_metrics(configuration, read_evidence(configuration, run))
        console.say(f"Evaluation: {run.folder / 'evaluation'}")
        console.say(f"To put it through the gate: {configuration.command(f'register --run {run.id}')}")
