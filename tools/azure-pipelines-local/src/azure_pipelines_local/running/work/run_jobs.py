"""A job: each of its copies, and each hook of a deployment job, in a fresh folder."""

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
from azure_pipelines_local.running.plan.late_values import CANCEL_MINUTES, count, deadline, truth
from azure_pipelines_local.running.plan.legs import Copy, copies, prefixed
from azure_pipelines_local.running.plan.results import Result, combined, is_good
from azure_pipelines_local.running.work import service_connections
from azure_pipelines_local.running.work.contexts import JobContext, RunContext
from azure_pipelines_local.running.work.reporter import Teller
from azure_pipelines_local.running.work.run_steps import run_steps
from azure_pipelines_local.running.work.tasks.azure_cli import record

REMOVAL_SECONDS = 2.0  # for which the removal of a folder is tried again


@dataclass
class Ended:
    """How a job has ended, and why if that is not to be seen elsewhere.

    `outputs` are by "step.variable", and by "COPY.step.variable" where it has copies.
    """

    result: Result
    outputs: dict[str, str] = field(default_factory=dict)
    why: str = ""


def run_job(run: RunContext, stage: Stage, job: Job, variables: Variables, tell: Teller) -> Ended:
    """Run the job whose condition holds, with the variables of its stage and its own."""
    ended = Ended("Skipped")
    try:
        for copy in copies(job, variables):
            if copy.is_due(ended.result):
                context = _run_copy(run, stage, job, copy, variables, tell)
                ended.result = combined((ended.result, context.status))
                ended.outputs |= prefixed(job, copy, context.outputs)
    except TaskError as error:  # before its steps: how many copies, or minutes, is no number
        ended.result, ended.why = "Failed", str(error)
    if ended.result == "Failed" and truth(job.continue_on_error, variables):
        ended.result = "SucceededWithIssues"
    return ended


def _run_copy(run: RunContext, stage: Stage, job: Job, copy: Copy, variables: Variables, tell: Teller) -> JobContext:
    called = ".".join(filter(None, (stage.name, job.name, copy.name)))
    context = _context(run, stage, job, copy, variables)
    tell.job(_title(job, copy, context), _notes(job, context.variables))
    with ExitStack() as stack:  # the last comes first, and none is left out because another fails
        stack.callback(_remove, context.temporary, tell)  # scripts in it may hold secrets
        stack.callback(record, run, context.temporary / "az-calls")
        stack.callback(context.processes.stop)
        run_steps(context, copy.steps, run.folder / "logs" / called, tell)
    if is_good(context.status) and not run.keep:
        _remove(context.folder, tell)
    else:
        tell.notes(f"  The job's folder is kept: {context.folder}")
    return context


def _remove(folder: Path, tell: Teller) -> None:
    """Remove the folder, into which a process that is being killed may still write for a moment."""
    until = time.monotonic() + REMOVAL_SECONDS
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            if time.monotonic() > until:
                tell.notes(f"  Not removed, remove it by hand: {folder} ({error})")
                break
            time.sleep(0.05)


def _context(run: RunContext, stage: Stage, job: Job, copy: Copy, variables: Variables) -> JobContext:
    """The job in a fresh folder, as an agent begins it; raises TaskError if its time is no number."""
    folder = run.folder / "work" / ".".join(filter(None, (stage.name, job.name, copy.name)))
    own = _variables(run, folder, stage, job, copy, variables)
    minutes = DEFAULT_MINUTES if job.timeout_minutes is None else count(job.timeout_minutes, own)
    given = job.cancel_timeout_minutes
    cancel_minutes = CANCEL_MINUTES if given is None else count(given, own, least=1)
    for name in ("a", "b", "s", "_temp", "TestResults"):
        (folder / name).mkdir(parents=True)
    prepended = [str(folder / "_temp" / "az")]
    context = JobContext(run, folder, own, deadline(minutes), cancel_minutes, prepended=prepended)
    service_connections.install_az(context.temporary / "az", context.temporary / "az-calls", {})
    return context


def _variables(run: RunContext, folder: Path, stage: Stage, job: Job, copy: Copy, variables: Variables) -> Variables:
    """What the job begins with."""
    own = variables.copy()
    own.update(predefined_values.of_job(folder, stage, job, own))
    own.update(copy.variables)
    if own.get(environment.DOWNLOADS) is not None:
        own.set(environment.DOWNLOADS, str(environment.downloads(run.machine)))
    own.fixed()
    return own


def _title(job: Job, copy: Copy, context: JobContext) -> str:
    shown = context.variables.get("System.JobDisplayName") or job.name
    names = f"{job.name}: {shown}" if shown != job.name else job.name
    return f"{names} ({copy.name})" if copy.name else names


def _notes(job: Job, variables: Variables) -> str:
    if job.environment is None:
        return ""
    return f"   environment {variables.expand(job.environment.text)}: its approvals and checks are not shown here"
