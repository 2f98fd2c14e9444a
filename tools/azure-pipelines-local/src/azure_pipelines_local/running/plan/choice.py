"""Choose stages and jobs of a pipeline to run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.model import Job, Pipeline, Stage


@dataclass(frozen=True)
class Choice:
    """Names of stages and jobs, in any case; where no stage is named all are chosen, and likewise of jobs."""

    stages: Sequence[str] = ()
    jobs: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.stages or self.jobs)

    def has(self, stage: Stage, job: Job | None = None) -> bool:
        """Return whether the job of the stage is chosen; without a job, whether any of the stage is."""
        # `--job` alone chooses in every stage: names of jobs are unique only within one.
        jobs = stage.jobs if job is None else (job,)
        return _is_chosen(stage.name, self.stages) and any(_is_chosen(each.name, self.jobs) for each in jobs)

    def jobs_of(self, pipeline: Pipeline) -> Iterator[tuple[Stage, Job]]:
        """Yield the chosen jobs with their stages."""
        yield from ((stage, job) for stage in pipeline.stages for job in stage.jobs if self.has(stage, job))

    def refuse_unknown(self, pipeline: Pipeline) -> None:
        """Raise PipelinesLocalError if a chosen stage, or in the chosen stages a chosen job, does not exist."""
        stages = [stage for stage in pipeline.stages if _is_chosen(stage.name, self.stages)]
        _require(self.stages, [stage.name for stage in pipeline.stages], "stage")
        _require(self.jobs, [job.name for stage in stages for job in stage.jobs], "job")


def _require(chosen: Iterable[str], known: Sequence[str], kind: str) -> None:
    for name in chosen:
        if not _is_chosen(name, known):
            raise PipelinesLocalError(f"There is no {kind} {name!r}. There are: {', '.join(dict.fromkeys(known))}.")


def _is_chosen(name: str, names: Sequence[str]) -> bool:
    return not names or name.lower() in {each.lower() for each in names}
