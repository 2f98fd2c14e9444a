"""What works in Azure DevOps, and what a project may still forbid."""

import re
from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model.fields import AT_RUN_TIME
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.containers import containers, is_image
from azure_pipelines_local.rules.macro_values import MACRO

PINNED = re.compile(r"(?:ubuntu|windows|macos)-\d+(?:\.\d+)?(?:-arm64)?", re.IGNORECASE)
RETIRED = (
    *("ubuntu-16.04", "ubuntu-18.04", "ubuntu-20.04", "windows-2016", "windows-2019"),
    *("macos-11", "macos-12", "macos-13"),
)
PINNED_CONTAINER = re.compile(r".+@sha256:[0-9a-f]{64}|.+:(?!latest$)[\w.-]+")
# Tasks that Azure DevOps runs itself, in jobs with `pool: server`; all others need an agent. Source: Microsoft's
# reference of tasks, https://learn.microsoft.com/azure/devops/pipelines/process/phases#agentless-tasks
OF_SERVERS = (
    *("delay", "manualvalidation", "invokerestapi", "azurefunction", "publishtoazureservicebus"),
    *("azuremonitor", "queryworkitems"),
)
AGENT_ONLY = ("bash@3", "cmdline@2", "powershell@2", "publish")
RESULTS = ("publishtestresults@2", "publishcodecoverageresults@2")


def missing_pools(case: Case) -> Iterator[Finding]:
    """Find jobs that take the agent which the organisation gives to those that name none."""
    for scope in case.scopes:
        if scope.job.pool is None:
            yield Finding(scope.job.place, f"the job {scope.job.name!r} has no pool; `vmImage` of a pool is expected.")


def retired_images(case: Case) -> Iterator[Finding]:
    """Find images of agents that Microsoft has taken away: such a job waits for an agent and gets none."""
    for image, text, scope in _images(case):
        if text.lower() in RETIRED:
            yield Finding(_origin(image, scope), f"the image {text!r} no longer exists; ubuntu-24.04 does.")


def unpinned_images(case: Case) -> Iterator[Finding]:
    """Find images of agents that change by themselves."""
    for image, text, scope in _images(case):
        if text.lower() not in RETIRED and not PINNED.fullmatch(text):
            expected = "a version is expected, such as ubuntu-24.04"
            yield Finding(_origin(image, scope), f"the image {text!r} is not pinned; {expected}.")


def unpinned_containers(case: Case) -> Iterator[Finding]:
    """Find images of containers that change by themselves."""
    for scope in case.scopes:
        for image in containers(scope.job):
            text = scope.resolved(image.text)
            yield from _container(image, text) if is_image(text) else ()
    for each in case.pipeline.resources:
        yield from _container(each.image, each.image.text) if each.image else ()


def _container(image: Scalar, text: str) -> Iterator[Finding]:
    if not AT_RUN_TIME.search(text) and not PINNED_CONTAINER.fullmatch(text):
        yield Finding(image.place, f"the container {text!r} is not pinned; a tag or a digest is expected.")


def _images(case: Case) -> Iterator[tuple[Scalar, str, Scope]]:
    """Yield the images of pools as they stand and with variables replaced; undefined variables are another rule's."""
    for scope in case.scopes:
        for pool in (scope.job.pool, *(hook.pool for hook in scope.job.hooks)):
            if pool and pool.image and not MACRO.search(text := scope.resolved(pool.image.text)):
                yield pool.image, text, scope


def _origin(text: Scalar, scope: Scope) -> Place:
    """Find where the value stands: that of the variable, if the text is one."""
    named = MACRO.fullmatch(text.text)
    variable = scope.variables.get(named[1].lower()) if named else None
    return variable.value.place if variable else text.place


def wrong_targets(case: Case) -> Iterator[Finding]:
    """Find tasks of an agent in jobs of the server, and the reverse, which are "not valid for the given job target".

    Tasks of a schema that is not there, or of others than Microsoft, may be for either.
    """
    tasks = case.schema.tasks if case.schema else {}
    for scope in case.scopes:
        parts = scope.job.hooks or (scope.job,)
        for pool, step in ((part.pool or scope.job.pool, step) for part in parts for step in part.steps):
            called = step.task.text.lower()
            named = scope.resolved(pool.name.text).lower() if pool and pool.name else ""
            server = named == "server"
            if AT_RUN_TIME.search(named):
                continue
            if called.partition("@")[0] in OF_SERVERS:
                if not server:
                    yield Finding(step.task.place, f"the task {step.task.text} needs a job with `pool: server`.")
            elif server and (called in tasks or called in AGENT_ONLY):
                yield Finding(step.task.place, f"a job with `pool: server` has no agent for {step.task.text}.")


def endless_jobs(case: Case) -> Iterator[Finding]:
    """Find jobs without a time limit of their own."""
    for scope in case.scopes:
        if scope.job.timeout_minutes in (None, 0):
            expected = "`timeoutInMinutes` of at least 1 is expected"
            yield Finding(scope.job.place, f"the job {scope.job.name!r} has no time limit; {expected}.")


def hidden_results(case: Case) -> Iterator[Finding]:
    """Find results that are published only where nothing failed, when nobody needs them."""
    for _, step in case.steps:
        always = any(each in step.condition.text.lower() for each in ("succeededorfailed", "always"))
        if step.task.text.lower() in RESULTS and not always:
            expected = "`condition: succeededOrFailed()` is expected"
            yield Finding(step.task.place, f"{step.task.text} does not run after a failure; {expected}.")


def empty_steps(case: Case) -> Iterator[Finding]:
    """Find steps whose script, or what they check out, publish or download, is empty."""
    for _, step in case.steps:
        value = step.input(step.task.text) or step.input("script")
        if value is not None and not value.text.strip():
            yield Finding(step.place, "this step does nothing: its first key is empty.")


def cached_deployments(case: Case) -> Iterator[Finding]:
    """Find Cache@2 in deployment jobs, where it has no place to keep anything, and fails."""
    for scope, step in case.steps:
        if scope.job.hooks and step.task.text.lower().startswith("cache@"):
            yield Finding(
                step.task.place, f"the task Cache fails in a deployment job ({scope.job.name!r}); leave it out."
            )
