"""Run the steps of a job: the condition of each, its attempts, and its result."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.model import Step
from azure_pipelines_local.running.machine.processes import TimedOutError
from azure_pipelines_local.running.machine.step_log import StepLog
from azure_pipelines_local.running.machine.task_errors import FAILURES, TaskError, describe_error
from azure_pipelines_local.running.plan.late_values import deadline_after, expand_boolean, expand_number
from azure_pipelines_local.running.plan.results import Result, combine_results, is_good
from azure_pipelines_local.running.plan.unsupported_features import find_unsupported
from azure_pipelines_local.running.work.contexts import JobContext, StepContext
from azure_pipelines_local.running.work.reporter import Reporter
from azure_pipelines_local.running.work.tasks import TASKS

RETRY_SECONDS = 1.0  # before a step is tried again; Azure waits longer each time
MOST_RETRIES = 10  # more are cut to so many, as by an agent
LABELS = {"checkout": "Checkout", "publish": "Publish", "upload": "Publish", "download": "Download"}


def run_steps(job: JobContext, steps: Sequence[Step], logs: Path, reporter: Reporter) -> None:
    """Run the steps while the job's time lasts, and if all went well what they left for its end."""
    for number, step in enumerate(steps, start=1):
        # The first step that meets with the job's end cancels the job. Those whose conditions still hold then share
        # one time for cleaning up: each for itself could hold up the run as often as there are steps.
        if job.status == "Canceled" and time.monotonic() >= job.until:
            reporter.show_note("  The time for cancelling, cancelTimeoutInMinutes, is over: no further step runs.")
            break
        result = run_step(job, step, logs / f"{number:02}.txt", reporter)
        if result == "Canceled" and job.status != "Canceled":
            job.until = deadline_after(job.cancel_minutes)
        job.status = combine_results((job.status, result))
    for action in job.at_end if is_good(job.status) else ():
        _run_at_end(job, action, reporter)


def _run_at_end(job: JobContext, action: Callable[[], str], reporter: Reporter) -> None:
    start = time.monotonic()
    result: Result = "Succeeded"
    try:
        note = action()
    except FAILURES as error:
        result, note = "Failed", describe_error(error)
    reporter.show_step("Post-job", result, time.monotonic() - start, note)
    job.status = combine_results((job.status, result))


def run_step(job: JobContext, step: Step, file: Path, reporter: Reporter) -> Result:
    """Run the step if its condition holds; what it prints goes into the file."""
    job.recalculate_variables()
    label = step_label(job, step)
    if not expand_boolean(step.enabled, job.variables):
        return "Skipped"
    log = StepLog(file, job.run.secrets)  # made even if the step is skipped: logs are numbered as the steps are
    try:
        if against := find_objection(job, step):
            reporter.show_step(label, "Skipped", 0.0, f"its condition does not hold: {against}")
            return "Skipped"
        start = time.monotonic()
        with reporter.show_working(label):
            result, note = _run_attempts(job, step, log)
        reporter.show_step(label, result, time.monotonic() - start, note, log)
        return result
    except ExpressionError as error:
        message = f"{step.condition.place}: {error.message} In the condition: {step.condition.text.strip()}"
        reporter.show_step(label, "Failed", 0.0, message, log)
        return "Failed"
    finally:
        log.close()


def step_label(job: JobContext, step: Step) -> str:
    """Return what the step is called in the log."""
    if step.display_name is not None and step.display_name.text:
        return job.variables.expand(step.display_name.text)
    return LABELS.get(step.task.text, step.task.text.partition("@")[0])


def find_objection(job: JobContext, step: Step) -> str:
    """Say why the step's condition does not hold, "" if it does; raises ExpressionError if it cannot be evaluated."""
    # The only variable that changes without a step: conditions may read it in place of `failed()`.
    job.variables.set("Agent.JobStatus", job.status)
    texts = {name: job.variables.get(name) or "" for name in job.variables.texts()}
    names, status = {"variables": texts}, conditions.of_step(job.status)
    if conditions.condition(step.condition.text, names, status):
        return ""
    return conditions.explain(step.condition.text, names, status, {"the job": job.status})


def _run_attempts(job: JobContext, step: Step, log: StepLog) -> tuple[Result, str]:
    try:
        retries = min(expand_number(step.retries, job.variables), MOST_RETRIES)
        minutes = expand_number(step.timeout_minutes, job.variables)
    except TaskError as error:
        return "Failed", str(error)
    context = StepContext(job, step, log, min(job.until, deadline_after(minutes)))
    result, note = _run_once(context)
    for number in range(1, retries + 1):
        # A step that was cancelled is not tried again, nor one that failed as the job's time was up.
        if result != "Failed" or time.monotonic() >= job.until:
            break
        log.write(f"##[warning]RetryHelper encountered task failure, will retry (attempt #: {number} out of {retries})")
        time.sleep(RETRY_SECONDS)
        # Variables that the failed attempt set stay, as on an agent; what it said of its own result does not.
        until = min(job.until, deadline_after(minutes))
        context = replace(context, result=None, complaints=[], extra={}, until=until)
        result, note = _run_once(context)
        note = f"{note} (attempt {number + 1})".strip()
    if result == "Failed" and expand_boolean(step.continue_on_error, job.variables):
        return "SucceededWithIssues", f"failed, which continueOnError permits: {note}"
    return result, note


def _run_once(context: StepContext) -> tuple[Result, str]:
    """Return the result of one attempt, and what is reported of it."""
    try:
        for _, message in find_unsupported(context.step, context.expand):  # with `$(name)`, unknown before the run
            raise TaskError(message)
        note = TASKS[context.step.task.text](context)
    except FAILURES as error:
        context.log.write(f"##[error]{describe_error(error)}")
        return "Failed", describe_error(error)
    except TimedOutError:
        context.log.write("##[error]The task has timed out.")
        # Both limits end it alike. Which one it was decides whether the job goes on after a failure, or is cancelled.
        return "Canceled" if time.monotonic() >= context.job.until else "Failed", "The task has timed out."
    return context.result or "Succeeded", "; ".join(context.complaints) or note
