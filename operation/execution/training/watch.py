"""`invoke watch`: take up a run that goes on in a workspace."""

from operation.errors import OperationError
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.leftovers import in_order
from operation.execution.registration.trained_runs import explain_absence
from operation.execution.training.finish import finish
from operation.execution.training.follow import follow


def watch(configuration: Configuration, run_id: str | None) -> None:
    """Take up a run that another command has left to itself: follow it to its end, then gate and registration.

    Raises:
        OperationError: there is no such run, or as `train`.
    """
    if run_id is None:
        raise OperationError(
            f"Which run? The command that left it running printed its id: {configuration.command('watch --run RUN')}"
        )
    backend = connect(configuration)
    with in_order(configuration, backend):
        run = backend.runs.find(run_id)
        if run is None:
            raise OperationError(explain_absence(configuration, run_id))
        finish(configuration, backend, follow(backend.runs, run, leavable=True))
