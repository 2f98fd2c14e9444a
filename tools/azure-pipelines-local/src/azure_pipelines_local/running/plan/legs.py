"""What runs of a job: legs of a matrix, copies, and the hooks of a deployment job, with the steps that are implied."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.model import Entry, Job, Step
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.late_values import count
from azure_pipelines_local.running.plan.results import Result, is_good


@dataclass(frozen=True)
class Copy:
    """What one agent does of a job: a leg of a matrix, one of several, or a hook of a deployment job."""

    name: str  # "" for the only one of its job
    steps: tuple[Step, ...]
    variables: dict[str, str] = field(default_factory=dict)
    after_failure: bool | None = None  # whether one before it must have failed, or none may have; None: either

    def is_due(self, so_far: Result) -> bool:
        """Whether it runs after the copies before it, which together have ended so."""
        return self.after_failure in (None, not is_good(so_far))


def copies(job: Job, variables: Variables) -> Iterator[Copy]:
    """What may run of the job, in its order; raises TaskError if it is not known how many."""
    total = count(job.parallel, variables, least=1)
    # `on.failure` comes before `on.success`, whose own failure is not that of the deployment.
    for hook in sorted(job.hooks, key=lambda each: each.name == "on.success"):
        steps = _with_download(hook.steps) if hook.name == "deploy" else hook.steps
        yield Copy(hook.name, steps, after_failure=hook.name == "on.failure")
    for number, leg in enumerate(job.matrix, start=1):
        own = {each.name.text: each.value.text for each in leg.variables}
        yield Copy(leg.name, _with_checkout(job.steps), _place(number, len(job.matrix)) | own)
    if not job.hooks and not job.matrix:
        for number in range(1, total + 1):
            yield Copy(f"{number}" if total > 1 else "", _with_checkout(job.steps), _place(number, total))


def _place(number: int, total: int) -> dict[str, str]:
    return {"System.JobPositionInPhase": str(number), "System.TotalJobsInPhase": str(total)}


def _with_checkout(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """A job that says nothing of it checks its repository out first."""
    return (
        steps if any(step.task.text == "checkout" for step in steps) else (_implied(steps, "checkout", "self"), *steps)
    )


def _with_download(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """A deployment job that says nothing of it downloads all artifacts first."""
    implied = _implied(steps, "download", "current")
    return steps if any(step.task.text == "download" for step in steps) else (implied, *steps)


def _implied(steps: tuple[Step, ...], kind: str, value: str) -> Step:
    place = steps[0].place
    entry = Entry(Scalar(kind, place), Scalar(value, place))
    always = Scalar("succeeded()", place, literal=True)
    return Step(Scalar(kind, place), (entry,), "", None, always, True, False, 0, 0, (), None, place)


def prefixed(job: Job, copy: Copy, outputs: dict[str, str]) -> dict[str, str]:
    """Outputs as others name them: a deployment job's by its name or the hook's, a copy's by the name of the copy."""
    prefixes = (copy.name, job.name) if job.hooks else (copy.name,) if copy.name else ()
    return {f"{prefix}.{name}": text for prefix in prefixes for name, text in outputs.items()} or outputs
