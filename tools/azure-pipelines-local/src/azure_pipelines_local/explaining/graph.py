"""List the stages and jobs of a pipeline as text, each with what it waits for."""

from collections.abc import Iterator, Mapping
from typing import Literal

from azure_pipelines_local import verbs
from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.explaining.drawing import ONLY_STAGE, to_svg
from azure_pipelines_local.model import Job, Pipeline, Stage
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued

GraphForm = Literal["text", "svg"]
GRAPH_FORMS: tuple[GraphForm, ...] = ("text", "svg")


def parse_graph_form(flag: str, text: str | None) -> GraphForm:
    """Read the form that someone asks for, text if nobody does; raises PipelinesLocalError for any other."""
    found = next((form for form in GRAPH_FORMS if form == (text or GRAPH_FORMS[0])), None)
    if found is None:
        raise PipelinesLocalError(f"{flag} {text!r}: there is no such form; known: {', '.join(GRAPH_FORMS)}.")
    return found


def print_graph(
    project: Project, file: str, parameters: Mapping[str, str], queued: Queued = BY_HAND, form: GraphForm = "text"
) -> None:
    """Print the stages and jobs of the pipeline, as it is for these parameters and this run, in the order of the file.

    Raises:
        PipelinesLocalError: it cannot be expanded, or is not a pipeline then.
    """
    name, _, pipeline = verbs.expanded_pipeline(project, file, parameters, queued)
    print(to_svg(name, pipeline) if form == "svg" else "\n".join(_lines(name, pipeline)))


def _lines(name: str, pipeline: Pipeline) -> Iterator[str]:
    jobs = sum(len(stage.jobs) for stage in pipeline.stages)
    yield f"{name}: {_count(len(pipeline.stages), 'stage')}, {_count(jobs, 'job')}"
    for number, stage in enumerate(pipeline.stages):
        staged = stage.name != ONLY_STAGE
        if staged:
            by_hand = ["started by hand"] * stage.by_hand
            yield ", ".join([f"stage {stage.name}", *_waits(stage, at_once=number > 0), *by_hand])
        for job in stage.jobs:
            kind = "deployment" if job.hooks else "job"
            yield "  " * staged + ", ".join([f"{kind} {job.name}", *_waits(job), *_describe(job)])


def _waits(part: Stage | Job, at_once: bool = False) -> Iterator[str]:
    """Say what it waits for and what its condition is, where either is not what everybody has."""
    if part.depends_on:
        yield f"after {' and '.join(part.depends_on)}"
    elif at_once:  # a stage waits for the one before unless it says otherwise
        yield "after nothing"
    if (text := part.condition.text.strip()) != "succeeded()":
        yield f"if {' '.join(text.split())}"


def _describe(job: Job) -> Iterator[str]:
    """Say how often it runs, and where it deploys to."""
    if job.matrix:
        yield f"{_count(len(job.matrix), 'leg')}: {' '.join(leg.name for leg in job.matrix)}"
    elif job.computed_matrix:
        yield f"legs from {job.computed_matrix.text.strip()}"
    elif isinstance(job.parallel, Scalar) or job.parallel > 1:
        copies = job.parallel.text if isinstance(job.parallel, Scalar) else job.parallel
        yield f"{copies} copies"
    if job.environment:
        yield f"to the environment {job.environment.text}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
