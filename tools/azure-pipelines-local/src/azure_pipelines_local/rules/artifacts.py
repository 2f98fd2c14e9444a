"""Artifacts: what is downloaded has been published before, and a name is given once."""

from collections.abc import Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Step
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.macro_values import MACRO
from azure_pipelines_local.rules.walks import transitive

PUBLISH = {"publish": "artifact", "upload": "artifact", "publishpipelineartifact": "artifact artifactName"}
PUBLISH_BUILD = {"publishbuildartifacts": "artifactName"}
DOWNLOAD = {"download": "artifact", "downloadpipelineartifact": "artifact artifactName"}


@dataclass(frozen=True)
class Published:
    """An artifact, and the step that publishes it."""

    name: str
    scope: Scope
    step: Step
    number: int  # of the step in its job


def _input(step: Step, tasks: dict[str, str]) -> Scalar | None:
    names = tasks.get(step.task.text.lower().partition("@")[0], "").split()
    return next((found for name in names if (found := step.input(name))), None)


def published(case: Case) -> Iterator[Published]:
    """Yield every artifact with a name that is known before the pipeline runs."""
    for scope in case.scopes:
        for number, step in enumerate(scope.job.all_steps):
            name = _input(step, PUBLISH | PUBLISH_BUILD)
            text = scope.resolved(name.text) if name is not None else ""
            if text and not MACRO.search(text):
                yield Published(text, scope, step, number)


def artifacts_published_twice(case: Case) -> Iterator[Finding]:
    """Find names that two steps give, or one that runs for each leg of a matrix: Azure DevOps refuses the second."""
    first: dict[str, Published] = {}
    for each in published(case):
        other = first.setdefault(each.name.lower(), each)
        if other is not each and other.step is each.step:
            expected = "put $(System.JobName) into it"
            yield Finding(each.step.place, f"each leg of the matrix publishes the artifact {each.name!r}; {expected}.")
        elif other is not each:
            where = f"the job {other.scope.job.name!r} publishes it at {other.step.place}"
            yield Finding(each.step.place, f"the artifact {each.name!r} is published twice; {where}, too.")


def missing_artifacts(case: Case) -> Iterator[Finding]:
    """Find downloads from the current run of what no step before publishes."""
    known = list(published(case))
    for scope in case.scopes:
        for number, step in enumerate(scope.job.all_steps):
            wanted = _input(step, DOWNLOAD)
            source = step.input("download") or step.input("buildType") or step.input("source")
            if wanted is None or (source is not None and source.text.lower() != "current"):
                continue
            yield from _missing(case, scope, number, step, scope.resolved(wanted.text), known)


def _missing(case: Case, scope: Scope, number: int, step: Step, name: str, known: list[Published]) -> Iterator[Finding]:
    if MACRO.search(name):
        return
    same = [each for each in known if each.name.lower() == name.lower()]
    if not same:
        hint = nearest(name, [each.name for each in known])
        yield Finding(step.place, f"no job publishes the artifact {name!r}; {hint}")
    elif not any(_before(case, each, scope, number) for each in same):
        job = same[0].scope.job.name
        yield Finding(
            step.place, f"the artifact {name!r} may not be there yet: {scope.job.name!r} must depend on {job!r}."
        )


def _before(case: Case, each: Published, scope: Scope, number: int) -> bool:
    if each.scope is scope:
        return each.number < number
    if each.scope.stage is scope.stage:
        jobs = {job.name: job.depends_on for job in scope.stage.jobs}
        return each.scope.job.name in transitive(jobs, scope.job.name)
    stages = {stage.name: stage.depends_on for stage in case.pipeline.stages}
    return each.scope.stage.name in transitive(stages, scope.stage.name)
