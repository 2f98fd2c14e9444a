"""The steps of a job: the condition of each, its attempts, and how it ends."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.model import Step
from azure_pipelines_local.running.machine.processes import TimedOutError
from azure_pipelines_local.running.machine.step_log import Log
from azure_pipelines_local.running.machine.task_errors import FAILURES, TaskError, told
from azure_pipelines_local.running.plan.late_values import count, deadline, soonest, truth
from azure_pipelines_local.running.plan.results import Result, combined, is_good
from azure_pipelines_local.running.work.contexts import JobContext, StepContext
from azure_pipelines_local.running.work.reporter import Teller
from azure_pipelines_local.running.work.tasks import TASKS

RETRY_SECONDS = 1.0  # before a step is tried again; Azure waits longer each time
SHORT = {"checkout": "Checkout", "publish": "Publish", "upload": "Publish", "download": "Download"}


def run_steps(job: JobContext, steps: Sequence[Step], logs: Path, tell: Teller) -> None:
    """Run them, as far as the job's time goes, and if all went well what they have left for its end."""
    for number, step in enumerate(steps, start=1):
        if job.status == "Canceled" and time.monotonic() >= job.until:
            tell.notes("  The time for cancelling, cancelTimeoutInMinutes, is over: no further step runs.")
            break
        result = run_step(job, step, logs / f"{number:02}.txt", tell)
        if result == "Canceled" and job.status != "Canceled":
            job.until = deadline(job.cancel_minutes)
        job.status = combined((job.status, result))
    for act in job.at_end if is_good(job.status) else ():
        _at_end(job, act, tell)


def _at_end(job: JobContext, act: Callable[[], str], tell: Teller) -> None:
    start = time.monotonic()
    result: Result = "Succeeded"
    try:
        note = act()
    except FAILURES as error:
        result, note = "Failed", told(error)
    tell.step("Post-job", result, time.monotonic() - start, job.run.secrets.mask(note))
    job.status = combined((job.status, result))


def run_step(job: JobContext, step: Step, file: Path, tell: Teller) -> Result:
    """Run the step if its condition holds; what it says goes into the file."""
    label = name_of(job, step)
    if not truth(step.enabled, job.variables):
        return "Skipped"
    log = Log(file, job.run.secrets)
    try:
        if not holds(job, step):
            tell.step(label, "Skipped", 0.0, "its condition does not hold")
            return "Skipped"
        start = time.monotonic()
        with tell.working(label):
            result, note = _attempts(job, step, log)
        tell.step(label, result, time.monotonic() - start, job.run.secrets.mask(note), log)
        return result
    except ExpressionError as error:
        message = f"{step.condition.place}: {error.message} In the condition: {step.condition.text.strip()}"
        tell.step(label, "Failed", 0.0, message, log)
        return "Failed"
    finally:
        log.close()


def name_of(job: JobContext, step: Step) -> str:
    """What the step is called in the log."""
    if step.display_name is not None and step.display_name.text:
        return job.variables.expand(step.display_name.text)
    return SHORT.get(step.task.text, step.task.text.partition("@")[0])


def holds(job: JobContext, step: Step) -> bool:
    """Whether the step's condition does; raises ExpressionError."""
    job.variables.set("Agent.JobStatus", job.status)
    texts = {name: job.variables.get(name) or "" for name in job.variables.texts()}
    return conditions.condition(step.condition.text, {"variables": texts}, conditions.of_step(job.status))


def _attempts(job: JobContext, step: Step, log: Log) -> tuple[Result, str]:
    try:
        retries, minutes = count(step.retries, job.variables), count(step.timeout_minutes, job.variables)
    except TaskError as error:
        return "Failed", str(error)
    context = StepContext(job, step, log, soonest(job.until, minutes))
    result, note = _attempt(context)
    for number in range(1, retries + 1):
        if result != "Failed" or time.monotonic() >= job.until:
            break
        log.write(f"##[warning]RetryHelper encountered task failure, will retry (attempt #: {number} out of {retries})")
        time.sleep(RETRY_SECONDS)
        context = replace(context, result=None, complaints=[], extra={}, until=soonest(job.until, minutes))
        result, note = _attempt(context)
        note = f"{note} (attempt {number + 1})".strip()
    if result == "Failed" and truth(step.continue_on_error, job.variables):
        return "SucceededWithIssues", f"failed, which continueOnError permits: {note}"
    return result, note


def _attempt(context: StepContext) -> tuple[Result, str]:
    """The result of doing it once, and what is told of it."""
    try:
        note = TASKS[context.step.task.text](context)
    except FAILURES as error:
        context.log.write(f"##[error]{told(error)}")
        return "Failed", told(error)
    except TimedOutError:
        context.log.write("##[error]The task has timed out.")
        return "Canceled" if time.monotonic() >= context.job.until else "Failed", "The task has timed out."
    return context.result or "Succeeded", "; ".join(context.complaints) or note
