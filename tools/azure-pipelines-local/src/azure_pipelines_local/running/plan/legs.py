"""Plan the legs of a job: those of a matrix, parallel ones, hooks of a deployment; with the steps that are implied."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Scalar, as_texts
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.model import Entry, Job, Step
from azure_pipelines_local.model.strategies import read_legs
from azure_pipelines_local.rules.job_outputs import output_prefix
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.declared_variables import Names
from azure_pipelines_local.running.plan.late_values import expand_number
from azure_pipelines_local.running.plan.results import Result, is_good

LONGEST = 200  # characters of a matrix that a message shows


@dataclass(frozen=True)
class PlannedLeg:
    """Hold what one agent does of a job: a leg of its matrix, one of several in parallel, or a hook of a deployment."""

    name: str  # "" for the only one of its job
    steps: tuple[Step, ...]
    variables: dict[str, str] = field(default_factory=dict)
    after_failure: bool | None = None  # whether an earlier one must have failed, or none may have; None: either

    def is_due(self, so_far: Result) -> bool:
        """Return whether it runs, given the combined result of the legs before it."""
        return self.after_failure in (None, not is_good(so_far))


def plan_legs(job: Job, variables: Variables) -> Iterator[PlannedLeg]:
    """Yield what may run of the job, in its order; raises TaskError if their number is not one."""
    total = expand_number(job.parallel, variables, least=1)
    # `on.failure` comes first, wherever it stands: after an `on.success` that fails it would run for a deployment
    # that has succeeded.
    for hook in sorted(job.hooks, key=lambda each: each.name == "on.success"):
        steps = _with_download(hook.steps) if hook.name == "deploy" else hook.steps
        yield PlannedLeg(hook.name, steps, after_failure=hook.name == "on.failure")
    for number, leg in enumerate(job.matrix, start=1):
        own = {each.name.text: each.value.text for each in leg.variables}
        named = _names(job, leg.name, variables) | {"System.JobName": leg.name}
        yield PlannedLeg(leg.name, _with_checkout(job.steps), _position(number, len(job.matrix)) | named | own)
    if not job.hooks and not job.matrix:
        for number in range(1, total + 1):
            named = _names(job, str(number), variables) if total > 1 else {}
            leg_name = str(number) if total > 1 else ""
            yield PlannedLeg(leg_name, _with_checkout(job.steps), _position(number, total) | named)


def compute_matrix(job: Job, variables: Variables, names: Names) -> Job:
    """Return the job with the legs that its `matrix: $[ … ]` gives, as JSON, now that earlier jobs have ended.

    For Azure, that is any text that Newtonsoft reads, also with single quotes; of null and of an empty object it makes
    one job without variables: MicrosoftDocs/azure-devops-docs, issues 5259 and 5900.

    Raises:
        PipelineError: the expression cannot be evaluated, or gives anything else.
    """
    matrix = job.computed_matrix
    if matrix is None:
        return job
    try:
        text = conditions.variable(matrix.text, {"variables": variables.texts(), **names}).strip()
    except ExpressionError as error:
        raise PipelineError(matrix.place, f"{error.message} In: {matrix.text.strip()}") from error
    if text in ("", "null", "{}"):
        return replace(job, computed_matrix=None)
    try:
        legs = read_legs(as_texts(yaml_reader.parse(text, "the matrix", "an object of legs")))
    except PipelineError as error:
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        raise PipelineError(matrix.place, f"the matrix is {shown}, of which no legs can be made: {error}") from error
    return replace(job, matrix=legs, computed_matrix=None)


def _names(job: Job, leg: str, variables: Variables) -> dict[str, str]:
    """Name the leg as a run shows it, `Build Python35`: measured by PGielniak/azdo-pipeline-emulator, E04-strategy."""
    shown = f"{variables.expand(job.display_name.text) if job.display_name else job.name} {leg}"
    return {"System.JobDisplayName": shown, "Agent.JobName": shown}


def _position(number: int, total: int) -> dict[str, str]:
    return {"System.JobPositionInPhase": str(number), "System.TotalJobsInPhase": str(total)}


def _with_checkout(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Put a checkout of `self` first, which a job has that does not say otherwise."""
    if any(step.task.text == "checkout" for step in steps):
        return steps
    return (_implied_step(steps, "checkout", "self"), *steps)


def _with_download(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Put a download of all artifacts first, which a deployment job has that does not say otherwise."""
    if any(step.task.text == "download" for step in steps):
        return steps
    return (_implied_step(steps, "download", "current"), *steps)


def _implied_step(steps: tuple[Step, ...], kind: str, value: str) -> Step:
    place = steps[0].place
    entry = Entry(Scalar(kind, place), Scalar(value, place))
    always = Scalar("succeeded()", place, literal=True)
    return Step(Scalar(kind, place), (entry,), "", None, always, True, False, 0, 0, (), None, place)


def prefix_outputs(job: Job, leg: PlannedLeg, outputs: dict[str, str]) -> dict[str, str]:
    """Name outputs as other jobs do: "JOB.step.variable" of a deployment, "LEG.step.variable" of a job with legs.

    Source: https://learn.microsoft.com/azure/devops/pipelines/process/deployment-jobs (support for output variables)
    """
    prefix = output_prefix(job) if job.hooks else leg.name
    return {f"{prefix}.{name}": text for name, text in outputs.items()} if prefix else outputs
