"""Stages and jobs in the order of what they depend on, one after another, as their conditions say."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.model import Job, Pipeline, Stage
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.declared_variables import declare, holds
from azure_pipelines_local.running.plan.ordering import before, in_order
from azure_pipelines_local.running.plan.results import Result, combined
from azure_pipelines_local.running.work.contexts import RunContext
from azure_pipelines_local.running.work.reporter import Teller
from azure_pipelines_local.running.work.run_jobs import Ended, run_job

CONDITION = "its condition does not hold"


@dataclass
class Stages:
    """The stages and jobs of a run, of which only those that are chosen run; the others have succeeded before."""

    run: RunContext
    pipeline: Pipeline
    system: Mapping[str, str]  # predefined variables of the run
    tell: Teller
    choice: Choice
    _ended: dict[str, dict[str, Ended]] = field(default_factory=dict)  # by stage and job
    _results: dict[str, Result] = field(default_factory=dict)

    def execute(self) -> Result:
        """Run them; the result of the whole."""
        for stage in self.pipeline.stages:
            left_out = (job.name for job in stage.jobs if not self.choice.has(stage, job))
            self._ended[stage.name] = {name: Ended("Succeeded") for name in left_out}
            if not self.choice.has(stage):
                self._results[stage.name] = "Succeeded"
        chosen = [stage for stage in in_order(self.pipeline.stages) if self.choice.has(stage)]
        for stage in chosen:
            self._results[stage.name] = self._stage(stage)
        return combined(self._results[stage.name] for stage in chosen)

    def _stage(self, stage: Stage) -> Result:
        start, variables = time.monotonic(), Variables(self.system)
        names = {"dependencies": self._stage_dependencies(stage), "stageDependencies": self._all_jobs()}
        results = {name: self._results[name] for name in before(stage, self.pipeline.stages)}
        try:
            groups = declare(variables, (*self.pipeline.variables, *stage.variables), names, self.run.secrets)
            self.tell.stage(_titled(stage, variables))
            self._tell_groups(groups)
            runs = holds(stage.condition, variables, names, results)
        except PipelineError as error:
            self.tell.end(stage.name, "", "Failed", start, str(error))
            return "Failed"
        if not runs:
            self.tell.end(stage.name, "", "Skipped", start, CONDITION)
        return self._jobs(stage) if runs else "Skipped"

    def _jobs(self, stage: Stage) -> Result:
        ended, chosen = self._ended[stage.name], [job for job in in_order(stage.jobs) if self.choice.has(stage, job)]
        for job in chosen:
            start = time.monotonic()
            try:
                ended[job.name] = self._job(stage, job)
            except PipelineError as error:
                ended[job.name] = Ended("Failed", why=str(error))
            self.tell.end(stage.name, job.name, ended[job.name].result, start, ended[job.name].why)
        return combined(ended[job.name].result for job in chosen)

    def _job(self, stage: Stage, job: Job) -> Ended:
        ended = self._ended[stage.name]
        names: dict[str, Value] = {
            "dependencies": {name: _seen(ended[name]) for name in job.depends_on},
            "stageDependencies": self._all_jobs(),
        }
        variables, groups = Variables(self.system), list[str]()
        for declared in (self.pipeline.variables, stage.variables, job.variables):
            groups = declare(variables, declared, names, self.run.secrets)  # those of its own are the last
        results = {name: ended[name].result for name in before(job, stage.jobs)}
        if not holds(job.condition, variables, names, results):
            return Ended("Skipped", why=CONDITION)
        self._tell_groups(groups)
        return run_job(self.run, stage, job, variables, self.tell)

    def _tell_groups(self, groups: list[str]) -> None:
        if groups:
            self.tell.notes(f"variable groups, whose variables are not on this machine: {', '.join(groups)}")

    def _all_jobs(self) -> dict[str, Value]:
        return {name: {each: _seen(job) for each, job in jobs.items()} for name, jobs in self._ended.items()}

    def _stage_dependencies(self, stage: Stage) -> dict[str, Value]:
        """What a stage's condition sees: results, and outputs by "job.step.variable"."""
        seen: dict[str, Value] = {}
        for name in stage.depends_on:
            jobs = self._ended[name]
            outputs: dict[str, Value] = {
                f"{job}.{key}": text for job, ended in jobs.items() for key, text in ended.outputs.items()
            }
            seen[name] = {"result": self._results[name], "outputs": outputs}
        return seen


def _seen(ended: Ended) -> dict[str, Value]:
    outputs: dict[str, Value] = dict(ended.outputs)
    return {"result": ended.result, "outputs": outputs}


def _titled(stage: Stage, variables: Variables) -> str:
    shown = variables.expand(stage.display_name.text) if stage.display_name else ""
    return f"{stage.name}: {shown}" if shown else stage.name
