"""What no run on this machine can do is refused before anything starts."""

from collections.abc import Iterable, Sequence

from operation.ado.errors import PipelineError
from operation.ado.model import Job, Pipeline
from operation.ado.nodes import Node
from operation.ado.running.tasks import TASKS
from operation.errors import OperationError


def refuse(pipeline: Pipeline, stages: Sequence[str], jobs: Sequence[str]) -> None:
    """Look at what is chosen to run; empty chooses all.

    Raises:
        PipelineError: a part of it does not run on this machine.
        OperationError: a chosen stage or job is not there.
    """
    chosen = [stage for stage in pipeline.stages if not stages or _is_in(stage.name, stages)]
    _exist(stages, [stage.name for stage in pipeline.stages], "stage")
    _exist(jobs, [job.name for stage in chosen for job in stage.jobs], "job")
    for stage in chosen:
        for job in stage.jobs:
            if not jobs or _is_in(job.name, jobs):
                _job(job)


def _job(job: Job) -> None:
    if job.strategy not in ("", "runOnce"):
        raise PipelineError(job.place, f"the strategy {job.strategy!r} does not run on this machine; runOnce does.")
    nodes: list[Node | None] = [job.container, job.services, *(step.target for step in job.all_steps)]
    for node in nodes:
        if node is not None:
            raise PipelineError(node.place, "containers do not run on this machine.")
    for step in job.all_steps:
        if step.task.text not in TASKS:
            known = ", ".join(TASKS)
            raise PipelineError(step.task.place, f"there is no stand-in for {step.task.text} here; known: {known}.")


def _exist(chosen: Iterable[str], known: Sequence[str], what: str) -> None:
    for name in chosen:
        if not _is_in(name, known):
            raise OperationError(f"There is no {what} {name!r}. There are: {', '.join(known)}.")


def _is_in(name: str, names: Iterable[str]) -> bool:
    return name.lower() in {each.lower() for each in names}
