"""Find the run whose model is to be registered or evaluated, and refuse any that cannot be."""

from operation.errors import OperationError
from operation.execution.backends import Runs
from operation.execution.configuration.sections import Configuration
from operation.execution.registration.evidence import is_validated, read_evidence
from operation.execution.values import Evidence, Run


def find_trained(configuration: Configuration, runs: Runs, run_id: str | None) -> Evidence:
    """Read the evidence of the run of that id, or of the latest, if it has a model.

    Raises:
        OperationError: it does not exist, did not complete, trained nothing, or is of a sweep or a back-test.
    """
    run, anew = runs.find(run_id), configuration.command("train")
    if run is None:
        raise OperationError(
            explain_absence(configuration, run_id) if run_id else f"There is no completed run yet: {anew}"
        )
    if run.status == "running":
        follow = configuration.command(f"watch --run {run.id}")
        raise OperationError(f"Run {run.id} has not ended, as far as is known here. Follow it to its end: {follow}")
    if run.status != "completed":
        raise OperationError(f"Run {run.id} did not complete: it is {run.status}. Train again: {anew}")
    if not (run.folder / "model").is_dir():
        raise OperationError(f"Run {run.id} has no model. Train one: {anew}")
    return evidence_of(configuration, run)


def explain_absence(configuration: Configuration, run_id: str) -> str:
    """Say that there is no such run, or of which other use case it is."""
    for place in configuration.common_outputs.glob("*/runs/*"):
        if place.name == run_id and place.parents[1] != configuration.outputs:
            name = place.parents[1].name
            return f"Run {run_id} is of the use case {name}, not of {configuration.use_case}: --use-case {name}"
    runs, models = configuration.outputs / "runs", configuration.command("models")
    return f"There is no run {run_id}. An id is the name of a folder in {runs}; those of versions: {models}"


def evidence_of(configuration: Configuration, run: Run) -> Evidence:
    """Read the evidence of a completed run.

    Raises:
        OperationError: the run's data were not validated, or a file of it is missing or damaged.
    """
    if not is_validated(run):
        raise OperationError(
            f"The data of run {run.id} were not validated as a whole: it is of a sweep or a back-test, or was "
            f"interrupted. Name another run (--run), or train: {configuration.command('train')}"
        )
    return read_evidence(configuration, run)
