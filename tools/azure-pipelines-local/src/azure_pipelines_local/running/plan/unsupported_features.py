"""What no run on this machine can do is refused before anything starts."""

from collections.abc import Collection, Iterator

from azure_pipelines_local.documents.nodes import Node
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import VARIABLE
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.model import Job, Pipeline, Step, Variable
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.running.machine.runtime_variables import MACRO
from azure_pipelines_local.running.plan.choice import Choice

# Of the step `checkout`.
NOT_HERE = ("fetchFilter", "lfs", "submodules", "sparseCheckoutDirectories", "sparseCheckoutPatterns", "workspaceRepo")
# Of these tasks, the names of an input, and what of it is done here.
ONLY: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("AzureCLI@2", ("scriptType",), ("bash",)),
    ("DownloadPipelineArtifact@2", ("source", "buildType"), ("current",)),
    ("PublishPipelineArtifact@1", ("publishLocation", "artifactType"), ("pipeline",)),
    ("PublishTestResults@2", ("testResultsFormat", "testRunner"), ("JUnit",)),
    ("checkout", ("checkout",), ("self", "none")),
    *(("checkout", (name,), ("false", "")) for name in NOT_HERE),
    ("download", ("download",), ("current", "none")),
)


def refuse(pipeline: Pipeline, choice: Choice, tasks: Collection[str]) -> None:
    """Look at what is chosen to run, by the tasks that this machine can do.

    Raises:
        PipelineError: a part of it does not run on this machine, or is no expression.
        PipelinesLocalError: a chosen stage or job is not there.
    """
    choice.refuse_unknown(pipeline)
    for stage, job in choice.of(pipeline):
        for variables in (pipeline.variables, stage.variables, job.variables):
            _expressions(variables)
        _job(job)
        for step in job.all_steps:
            if step.enabled is not False:
                _step(step, tasks)


def _expressions(variables: Variables) -> None:
    for value in (each.value for each in variables if isinstance(each, Variable)):
        text = value.text.strip()
        if text.startswith("$[") and text.endswith("]"):
            try:
                parse(text[2:-1], VARIABLE, RUNTIME_NAMES)
            except ExpressionError as error:
                raise PipelineError(value.place, f"{error.message} In: {text:.200}") from error


def _job(job: Job) -> None:
    if job.strategy not in ("", "runOnce"):
        raise PipelineError(job.place, f"the strategy {job.strategy!r} does not run on this machine; runOnce does.")
    for key, number in (("cancelTimeoutInMinutes", job.cancel_timeout_minutes), ("parallel", job.parallel)):
        if number == 0:
            raise PipelineError(job.place, f"`{key}` is 0; 1 or more is expected.")
    for node in _containers(job):
        raise PipelineError(node.place, "containers do not run on this machine.")


def _containers(job: Job) -> Iterator[Node]:
    nodes: list[Node | None] = [job.container, job.services, *(step.target for step in job.all_steps)]
    return (node for node in nodes if node is not None)


def _step(step: Step, tasks: Collection[str]) -> None:
    """Inputs with `$( )` are known only when the step runs, and then fail it."""
    task = step.task.text
    if task not in tasks:
        known = ", ".join(tasks)
        raise PipelineError(step.task.place, f"there is no stand-in for {task} here; known: {known}.")
    for name, done in ((name, done) for each, names, done in ONLY if each == task for name in names):
        given = step.input(name)
        if given and not MACRO.search(given.text) and given.text.strip().lower() not in map(str.lower, done):
            expected = " or ".join(filter(None, done))
            what = name if name == task else f"{task}: {name}"
            raise PipelineError(given.place, f"{what}: {given.text!r} is not done on this machine; only {expected} is.")
