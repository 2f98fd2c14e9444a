"""Finish a run of the whole chain: gate and registration."""

from operation import console
from operation.execution.backends import Backend
from operation.execution.configuration.sections import Configuration
from operation.execution.registration import register, summary
from operation.execution.registration.trained_runs import evidence_of
from operation.execution.values import Run


def finish(configuration: Configuration, backend: Backend, run: Run) -> None:
    """Register the run's model if it passes the gate, unless it is registered or the run goes on elsewhere."""
    if run.status == "running":
        console.say(f"Run {run.id} goes on without this command. To follow it to its end, gate and registration:")
        console.say(configuration.command(f"watch --run {run.id}"))
    elif model := register.version_of(configuration, backend.registry, run):
        summary.show_unchanged(configuration, model)
    else:
        register.register(configuration, backend.registry, evidence_of(configuration, run), backend.note)
