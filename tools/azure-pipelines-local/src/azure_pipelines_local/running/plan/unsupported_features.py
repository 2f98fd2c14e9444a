"""Refuse what no run on this machine can do, before anything starts."""

from collections.abc import Callable, Collection, Iterator, Mapping

from azure_pipelines_local.documents.nodes import Node, Scalar
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions.conditions import VARIABLE_NAMES
from azure_pipelines_local.expressions.signatures import VARIABLE
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.model import Job, Pipeline, Step, Variable
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.project import Project
from azure_pipelines_local.running.machine.runtime_variables import MACRO
from azure_pipelines_local.running.plan.choice import Choice

OFF_ONLY = (  # inputs of `checkout`
    *("fetchFilter", "lfs", "submodules", "sparseCheckoutDirectories", "sparseCheckoutPatterns", "workspaceRepo"),
)
# By task and input, the values that work here, in any case; an input that is not listed may have any.
SUPPORTED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AzureCLI@2": {"scriptType": ("bash",)},
    "DownloadPipelineArtifact@2": dict.fromkeys(("source", "buildType"), ("current",)),
    "PublishPipelineArtifact@1": dict.fromkeys(("publishLocation", "artifactType"), ("pipeline",)),
    "PublishTestResults@2": dict.fromkeys(("testResultsFormat", "testRunner"), ("JUnit",)),
    "UsePythonVersion@0": {"architecture": ("x64",)},
    "checkout": {"checkout": ("self", "none"), **dict.fromkeys(OFF_ONLY, ("false", ""))},
    "download": {"download": ("current", "none")},
}


def refuse_unsupported(project: Project, pipeline: Pipeline, choice: Choice, tasks: Collection[str]) -> None:
    """Look at what is chosen to run; `tasks` are the names of those that this machine can do.

    Raises:
        PipelineError: a part of it does not run on this machine, or an expression is invalid.
        PipelinesLocalError: a chosen stage or job does not exist.
    """
    choice.refuse_unknown(pipeline)
    for stage, job in choice.jobs_of(pipeline):
        for variables in (pipeline.variables, stage.variables, job.variables):
            _refuse_expressions(variables)
        _refuse_job(job)
        for step in job.all_steps:
            if step.enabled is not False:
                _refuse_step(step, tasks)
                _refuse_connection(step, project)


def _refuse_expressions(variables: Variables) -> None:
    for value in (each.value for each in variables if isinstance(each, Variable)):
        text = value.text.strip()
        if text.startswith("$[") and text.endswith("]"):
            try:
                parse(text[2:-1], VARIABLE, VARIABLE_NAMES)
            except ExpressionError as error:
                raise PipelineError(value.place, f"{error.message} In: {text:.200}") from error


def _refuse_job(job: Job) -> None:
    if job.strategy not in ("", "runOnce"):
        raise PipelineError(job.place, f"the strategy {job.strategy!r} does not run on this machine; runOnce does.")
    for key, number in (("cancelTimeoutInMinutes", job.cancel_timeout_minutes), ("parallel", job.parallel)):
        if number == 0:
            raise PipelineError(job.place, f"`{key}` must be 1 or more, not 0.")
    for node in _containers(job):
        raise PipelineError(node.place, "containers do not run on this machine.")


def _containers(job: Job) -> Iterator[Node]:
    nodes: list[Node | None] = [job.container, job.services, *(step.target for step in job.all_steps)]
    return (node for node in nodes if node is not None)


def _refuse_step(step: Step, tasks: Collection[str]) -> None:
    if step.task.text not in tasks:
        known = ", ".join(tasks)
        raise PipelineError(step.task.place, f"this machine cannot run {step.task.text}; it can run: {known}.")
    for value, message in find_unsupported(step, lambda value: value.text):
        if not MACRO.search(value.text):  # else its text is known when the step runs, and looked at again
            raise PipelineError(value.place, message)


def _refuse_connection(step: Step, project: Project) -> None:
    if step.task.text == "AzureCLI@2" and project.workspaces is None:
        raise PipelineError(step.task.place, f"the service connection of AzureCLI@2: {project.no_workspaces}.")


def find_unsupported(step: Step, expand: Callable[[Scalar], str]) -> Iterator[tuple[Scalar, str]]:
    """Find inputs of the step whose values do not work here, each with a message; `expand` gives an input's text."""
    for name, supported in SUPPORTED.get(step.task.text, {}).items():
        value = step.input(name)
        if value is None or expand(value).strip().lower() in map(str.lower, supported):
            continue
        label = name if name == step.task.text else f"{step.task.text}: {name}"
        expected = " or ".join(filter(None, supported))
        yield value, f"{label}: {expand(value)!r} does not work on this machine; only {expected} does."
