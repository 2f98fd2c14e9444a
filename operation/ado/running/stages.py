"""Stages and jobs in the order of what they depend on, one after another, as their conditions say."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from operation.ado.expressions.values import Value
from operation.ado.model import Job, Pipeline, Stage
from operation.ado.running.contexts import RunContext
from operation.ado.running.declaring import declare, holds
from operation.ado.running.jobs import Ended, run_job
from operation.ado.running.results import Result, combined
from operation.ado.running.telling import Teller
from operation.ado.running.variables import Variables

CONDITION = "its condition does not hold"


class Depending(Protocol):
    """A stage or a job."""

    @property
    def name(self) -> str:
        """What others call it."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What must have ended before."""


T = TypeVar("T", bound=Depending)


@dataclass
class Stages:
    """The stages and jobs of a run, of which only those that are chosen run; empty chooses all."""

    run: RunContext
    pipeline: Pipeline
    system: Mapping[str, str]  # predefined variables of the run
    tell: Teller
    stages: Sequence[str] = ()
    jobs: Sequence[str] = ()
    _ended: dict[str, dict[str, Ended]] = field(default_factory=dict)  # by stage and job
    _results: dict[str, Result] = field(default_factory=dict)

    def execute(self) -> Result:
        """Run them; the result of the whole."""
        for stage in in_order(self.pipeline.stages):
            self._ended[stage.name] = {}
            if _chosen(stage.name, self.stages):
                self._results[stage.name] = self._stage(stage)
        return combined(self._results.values())

    def _stage(self, stage: Stage) -> Result:
        start, names = time.monotonic(), {"dependencies": self._stage_dependencies(stage)}
        variables = Variables(self.system)
        groups = declare(variables, (*self.pipeline.variables, *stage.variables), names)
        results = {name: self._results[name] for name in before(stage, self.pipeline.stages) if name in self._results}
        self.tell.stage(_titled(stage, variables))
        if groups:
            self.tell.notes(f"variable groups, whose variables are not on this machine: {', '.join(groups)}")
        if not holds(stage.condition, variables, names, _known(results, stage)):
            self.tell.end(stage.name, "", "Skipped", start, CONDITION)
            return "Skipped"
        return self._jobs(stage)

    def _jobs(self, stage: Stage) -> Result:
        ended = self._ended[stage.name]
        for job in in_order(stage.jobs):
            if _chosen(job.name, self.jobs):
                start = time.monotonic()
                ended[job.name] = self._job(stage, job)
                self.tell.end(stage.name, job.name, ended[job.name].result, start, ended[job.name].why)
        return combined(each.result for each in ended.values())

    def _job(self, stage: Stage, job: Job) -> Ended:
        ended = self._ended[stage.name]
        names: dict[str, Value] = {
            "dependencies": {name: _seen(ended[name]) for name in job.depends_on if name in ended},
            "stageDependencies": {
                name: {each: _seen(job) for each, job in jobs.items()} for name, jobs in self._ended.items()
            },
        }
        variables = Variables(self.system)
        for declared in (self.pipeline.variables, stage.variables, job.variables):
            declare(variables, declared, names)
        results = {name: ended[name].result for name in before(job, stage.jobs) if name in ended}
        if not holds(job.condition, variables, names, _known(results, job)):
            return Ended("Skipped", why=CONDITION)
        return run_job(self.run, stage, job, variables, self.tell)

    def _stage_dependencies(self, stage: Stage) -> dict[str, Value]:
        """What a stage's condition sees: results, and outputs by "job.step.variable"."""
        seen: dict[str, Value] = {}
        for name in stage.depends_on:
            jobs = self._ended.get(name, {})
            outputs: dict[str, Value] = {
                f"{job}.{key}": text for job, ended in jobs.items() for key, text in ended.outputs.items()
            }
            seen[name] = {"result": self._results.get(name, "Succeeded"), "outputs": outputs}
        return seen


def in_order(parts: Sequence[T]) -> Iterator[T]:
    """The parts, each after what it depends on, else as they stand; the model has refused circles."""
    waiting, done = list(parts), set[str]()
    while waiting:
        ready = next(part for part in waiting if done.issuperset(part.depends_on))
        waiting.remove(ready)
        done.add(ready.name)
        yield ready


def before(part: T, parts: Sequence[T]) -> list[str]:
    """The names of all that it depends on, directly or not."""
    known = {each.name: each for each in parts}
    found: dict[str, None] = {}
    waiting = list(part.depends_on)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += known[name].depends_on
    return list(found)


def _known(results: Mapping[str, Result], part: Depending) -> dict[str, str]:
    """The results, in which what was not chosen to run has succeeded."""
    return dict.fromkeys(part.depends_on, "Succeeded") | dict(results)


def _seen(ended: Ended) -> dict[str, Value]:
    outputs: dict[str, Value] = dict(ended.outputs)
    return {"result": ended.result, "outputs": outputs}


def _titled(stage: Stage, variables: Variables) -> str:
    shown = variables.expand(stage.display_name.text) if stage.display_name else ""
    return f"{stage.name}: {shown}" if shown else stage.name


def _chosen(name: str, chosen: Sequence[str]) -> bool:
    return not chosen or name.lower() in {each.lower() for each in chosen}
