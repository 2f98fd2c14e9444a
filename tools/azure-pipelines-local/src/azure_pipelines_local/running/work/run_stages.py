"""Run stages and jobs in the order of what they depend on, one after another, as their conditions say."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.model import Job, Pipeline, Stage
from azure_pipelines_local.rules.walks import transitive
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.declared_variables import Names, declare
from azure_pipelines_local.running.plan.legs import compute_matrix
from azure_pipelines_local.running.plan.resource_values import values_of_run
from azure_pipelines_local.running.plan.results import Result, combine_results
from azure_pipelines_local.running.work.contexts import RunContext
from azure_pipelines_local.running.work.reporter import Reporter
from azure_pipelines_local.running.work.run_jobs import JobOutcome, run_job

SKIPPED = "its condition does not hold: {}"
BY_HAND = "it waits for somebody to start it (trigger: manual); --stage {} does"
Part = TypeVar("Part", Stage, Job)


@dataclass
class StageRunner:
    """Run the stages and jobs that are chosen; the others count as if they had succeeded before."""

    run: RunContext
    pipeline: Pipeline
    predefined: Mapping[str, str]  # variables of the run
    reporter: Reporter
    choice: Choice
    _outcomes: dict[str, dict[str, JobOutcome]] = field(default_factory=dict)  # by stage and job
    _results: dict[str, Result] = field(default_factory=dict)  # by stage

    def execute(self) -> Result:
        """Run them and return the result of the whole."""
        # "Succeeded", not "Skipped": with `--stage dev`, a condition `succeeded()` on the stage before would else leave
        # nothing to run.
        for stage in self.pipeline.stages:
            left_out = (job.name for job in stage.jobs if not self.choice.has(stage, job))
            self._outcomes[stage.name] = {name: JobOutcome("Succeeded") for name in left_out}
            if not self.choice.has(stage):
                self._results[stage.name] = "Succeeded"
        chosen = [stage for stage in order_by_dependencies(self.pipeline.stages) if self.choice.has(stage)]
        for stage in chosen:
            self._results[stage.name] = self._run_stage(stage)
        return combine_results(self._results[stage.name] for stage in chosen)

    def _run_stage(self, stage: Stage) -> Result:
        start, variables = time.monotonic(), Variables(self.predefined)
        names = {"dependencies": self._stages_seen(stage), **self._names()}
        results = {name: self._results[name] for name in list_dependencies(stage, self.pipeline.stages)}
        try:
            groups = declare(variables, (*self.pipeline.variables, *stage.variables), names, self.run.secrets)
            self.reporter.show_stage(_title(stage, variables))
            self._report_groups(groups)
            against = find_objection(stage.condition, variables, names, results)
        except PipelineError as error:  # fails this stage alone: another may be there to clean up after it
            self.reporter.add_row(stage.name, "", "Failed", start, str(error))
            return "Failed"
        if not against and stage.by_hand and not self.choice.stages:
            self.reporter.add_row(stage.name, "", "Skipped", start, BY_HAND.format(stage.name))
            return "Skipped"
        if against:
            self.reporter.add_row(stage.name, "", "Skipped", start, SKIPPED.format(against))
        return "Skipped" if against else self._run_jobs(stage)

    def _run_jobs(self, stage: Stage) -> Result:
        outcomes = self._outcomes[stage.name]
        chosen = [job for job in order_by_dependencies(stage.jobs) if self.choice.has(stage, job)]
        for job in chosen:
            start = time.monotonic()
            try:
                outcome = self._run_job(stage, job)
            except PipelineError as error:
                outcome = JobOutcome("Failed", reason=str(error))
            outcomes[job.name] = outcome
            self.reporter.add_row(stage.name, job.name, outcome.result, start, outcome.reason)
        return combine_results(outcomes[job.name].result for job in chosen)

    def _run_job(self, stage: Stage, job: Job) -> JobOutcome:
        outcomes = self._outcomes[stage.name]
        names: dict[str, Value] = {
            "dependencies": {name: _seen(outcomes[name]) for name in job.depends_on},
            **self._names(),
        }
        variables, groups = Variables(self.predefined), list[str]()
        # The stage's anew, for expressions: a job's `stageDependencies` reach further than its stage's did.
        for declared in (self.pipeline.variables, stage.variables, job.variables):
            groups = declare(variables, declared, names, self.run.secrets)  # the last are the job's own
        results = {name: outcomes[name].result for name in list_dependencies(job, stage.jobs)}
        try:
            against = find_objection(job.condition, variables, names, results)
        except PipelineError as error:  # to jobs after it, it has neither succeeded nor failed
            return JobOutcome("Abandoned", reason=str(error))
        if against:
            return JobOutcome("Skipped", reason=SKIPPED.format(against))
        self._report_groups(groups)
        return run_job(self.run, stage, compute_matrix(job, variables, names), variables, self.reporter)

    def _report_groups(self, groups: list[str]) -> None:
        if groups:
            self.reporter.show_note(f"variable groups, whose variables are not on this machine: {', '.join(groups)}")

    def _names(self) -> dict[str, Value]:
        """Collect what stages and jobs read: of `stageDependencies` results and outputs, by "step.variable"."""
        jobs: dict[str, Value] = {
            name: {each: _seen(job) for each, job in jobs.items()} for name, jobs in self._outcomes.items()
        }
        return {"stageDependencies": jobs, **values_of_run(self.pipeline, self.predefined, self.run.started)}

    def _stages_seen(self, stage: Stage) -> dict[str, Value]:
        """Collect what `dependencies` of a stage's condition reads: results, and outputs by "job.step.variable"."""
        seen: dict[str, Value] = {}
        for name in stage.depends_on:
            jobs = self._outcomes[name]
            outputs: dict[str, Value] = {
                f"{job}.{key}": text for job, outcome in jobs.items() for key, text in outcome.outputs.items()
            }
            seen[name] = {"result": self._results[name], "outputs": outputs}
        return seen


def order_by_dependencies(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield each part after what it depends on, else as they are written; the model has refused cycles."""
    waiting, done = list(parts), set[str]()
    while waiting:
        ready = next(part for part in waiting if done.issuperset(part.depends_on))
        waiting.remove(ready)
        done.add(ready.name)
        yield ready


def list_dependencies(part: Part, parts: Sequence[Part]) -> list[str]:
    """List the names of all that it depends on, directly or not: status functions look at each of them."""
    return transitive({each.name: each.depends_on for each in parts}, part.name)


def find_objection(condition: Scalar, variables: Variables, names: Names, results: Mapping[str, str]) -> str:
    """Say why the condition of a stage or a job does not hold; "" if it does.

    `results` are those of all that it depends on, directly or not.

    Raises:
        PipelineError: it cannot be evaluated.
    """
    status, known = conditions.of_dependencies(results, canceled=False), {"variables": variables.texts(), **names}
    try:
        if conditions.condition(condition.text, known, status):
            return ""
        return conditions.explain(condition.text, known, status, results)
    except ExpressionError as error:
        raise PipelineError(condition.place, f"{error.message} In the condition: {condition.text.strip()}") from error


def _seen(outcome: JobOutcome) -> dict[str, Value]:
    outputs: dict[str, Value] = dict(outcome.outputs)
    return {"result": outcome.result, "outputs": outputs}


def _title(stage: Stage, variables: Variables) -> str:
    display_name = variables.expand(stage.display_name.text) if stage.display_name else ""
    return f"{stage.name}: {display_name}" if display_name else stage.name
