"""Run a job: each of its legs, such as a hook of a deployment job, in a fresh folder."""

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from azure_pipelines_local.model import DEFAULT_MINUTES, Job, Stage
from azure_pipelines_local.running.machine import environment
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.plan import predefined_values
from azure_pipelines_local.running.plan.late_values import (
    CANCEL_MINUTES,
    deadline_after,
    expand_boolean,
    expand_number,
)
from azure_pipelines_local.running.plan.legs import PlannedLeg, plan_legs, prefix_outputs
from azure_pipelines_local.running.plan.results import Result, combine_results, is_good
from azure_pipelines_local.running.work import service_connections
from azure_pipelines_local.running.work.contexts import JobContext, RunContext
from azure_pipelines_local.running.work.reporter import Reporter
from azure_pipelines_local.running.work.run_steps import run_steps
from azure_pipelines_local.running.work.tasks.azure_cli import collect_az_calls

REMOVAL_SECONDS = 2.0  # for which the removal of a folder is tried again


@dataclass
class JobOutcome:
    """The result of a job, and its reason where no step shows it.

    `outputs` are by "step.variable", and by "LEG.step.variable" where it has legs.
    """

    result: Result
    outputs: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def run_job(run: RunContext, stage: Stage, job: Job, variables: Variables, reporter: Reporter) -> JobOutcome:
    """Run the job, whose condition holds, with the variables of its stage and its own."""
    outcome = JobOutcome("Skipped")
    try:
        for leg in plan_legs(job, variables):
            if leg.is_due(outcome.result):
                start = time.monotonic()
                context = _run_leg(run, stage, job, leg, variables, reporter)
                if leg.name:
                    reporter.add_row(stage.name, f"{job.name}.{leg.name}", context.status, start)
                outcome.result = combine_results((outcome.result, context.status))
                outcome.outputs |= prefix_outputs(job, leg, context.outputs)
    except TaskError as error:  # before its steps: the number of legs or minutes is not a number
        outcome.result, outcome.reason = "Failed", str(error)
    if outcome.result == "Failed" and expand_boolean(job.continue_on_error, variables):
        outcome.result = "SucceededWithIssues"
    return outcome


def _run_leg(
    run: RunContext, stage: Stage, job: Job, leg: PlannedLeg, variables: Variables, reporter: Reporter
) -> JobContext:
    context = _start_job(run, stage, job, leg, variables)
    reporter.show_job(_title(job, leg, context), _environment_note(job, context.variables))
    # The last comes first, and each happens even if another fails or a second Ctrl-C comes. Processes end before
    # their folder goes, else they would write it anew; and the calls of `az` are read while their file exists.
    with ExitStack() as stack:
        stack.callback(_remove, context.temporary, reporter)  # even where the folder is kept: scripts may hold secrets
        stack.callback(collect_az_calls, run, context.temporary / "az-calls")
        stack.callback(context.processes.stop)
        run_steps(context, leg.steps, run.folder / "logs" / context.folder.name, reporter)
    if is_good(context.status) and not run.keep:
        _remove(context.folder, reporter)
    else:
        reporter.show_note(f"  The job's folder is kept: {context.folder}")
    return context


def _remove(folder: Path, reporter: Reporter) -> None:
    """Remove the folder, into which a process that is being killed may still write for a moment."""
    until = time.monotonic() + REMOVAL_SECONDS
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:  # "Directory not empty", when a file came after its folder was listed
            if time.monotonic() > until:
                reporter.show_note(f"  Not removed, remove it by hand: {folder} ({error})")
                break
            time.sleep(0.05)


def _start_job(run: RunContext, stage: Stage, job: Job, leg: PlannedLeg, variables: Variables) -> JobContext:
    """Make the job's folder as an agent does; raises TaskError if its time is not a number."""
    folder = run.folder / "work" / ".".join(filter(None, (stage.name, job.name, leg.name)))
    own = _job_variables(run, folder, stage, job, leg, variables)
    minutes = DEFAULT_MINUTES if job.timeout_minutes is None else expand_number(job.timeout_minutes, own)
    given = job.cancel_timeout_minutes
    cancel_minutes = CANCEL_MINUTES if given is None else expand_number(given, own, least=1)
    for name in ("a", "b", "s", "_temp", "TestResults"):
        (folder / name).mkdir(parents=True)
    # In every job: the `az` of this machine is signed in as its user, and a plain script must not reach that.
    prepended = [str(folder / "_temp" / "az")]
    context = JobContext(run, folder, own, deadline_after(minutes), cancel_minutes, prepended=prepended)
    service_connections.install_az(context.temporary / "az", context.temporary / "az-calls", {})
    return context


def _job_variables(
    run: RunContext, folder: Path, stage: Stage, job: Job, leg: PlannedLeg, variables: Variables
) -> Variables:
    own = variables.copy()
    own.update(predefined_values.values_for_job(folder, stage, job, own))
    own.update(leg.variables)
    # A pipeline that sets it keeps it in a Cache@2, whose folder is the job's own: empty at first, and slow to copy.
    if own.get(environment.UV_CACHE) is not None:
        own.set(environment.UV_CACHE, str(environment.uv_cache(run.machine)))
    own.recalculate()
    return own


def _title(job: Job, leg: PlannedLeg, context: JobContext) -> str:
    display_name = context.variables.get("System.JobDisplayName") or job.name
    title = f"{job.name}: {display_name}" if display_name != job.name else job.name
    return f"{title} ({leg.name})" if leg.name else title


def _environment_note(job: Job, variables: Variables) -> str:
    if job.environment is None:
        return ""
    return f"   environment {variables.expand(job.environment.text)}: its approvals and checks are not shown here"
