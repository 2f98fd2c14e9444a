"""Which stages and jobs of a pipeline are chosen to run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.model import Job, Pipeline, Stage


@dataclass(frozen=True)
class Choice:
    """Names of stages and jobs, in any case; none of a kind chooses all of it."""

    stages: Sequence[str] = ()
    jobs: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.stages or self.jobs)

    def has(self, stage: Stage, job: Job | None = None) -> bool:
        """Whether the job of the stage is chosen, without one whether any is."""
        jobs = stage.jobs if job is None else (job,)
        return _is_in(stage.name, self.stages) and any(_is_in(each.name, self.jobs) for each in jobs)

    def of(self, pipeline: Pipeline) -> Iterator[tuple[Stage, Job]]:
        """The jobs that are chosen, in their stages."""
        yield from ((stage, job) for stage in pipeline.stages for job in stage.jobs if self.has(stage, job))

    def refuse_unknown(self, pipeline: Pipeline) -> None:
        """Raises PipelinesLocalError if a chosen stage, or in the chosen stages a chosen job, is not there."""
        stages = [stage for stage in pipeline.stages if _is_in(stage.name, self.stages)]
        _exist(self.stages, [stage.name for stage in pipeline.stages], "stage")
        _exist(self.jobs, [job.name for stage in stages for job in stage.jobs], "job")


def _exist(chosen: Iterable[str], known: Sequence[str], what: str) -> None:
    for name in chosen:
        if not _is_in(name, known):
            raise PipelinesLocalError(f"There is no {what} {name!r}. There are: {', '.join(dict.fromkeys(known))}.")


def _is_in(name: str, names: Sequence[str]) -> bool:
    return not names or name.lower() in {each.lower() for each in names}
