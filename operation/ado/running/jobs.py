"""A job: each of its copies, and each hook of a deployment job, in a fresh folder."""

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from operation.ado.model import DEFAULT_MINUTES, Job
from operation.ado.running import azure, environment, predefined
from operation.ado.running.contexts import JobContext, RunContext
from operation.ado.running.copies import Copy, copies, prefixed
from operation.ado.running.late import CANCEL_MINUTES, count, deadline, truth
from operation.ado.running.results import Result, combined, is_good
from operation.ado.running.steps import run_step
from operation.ado.running.tasks.azure_cli import record
from operation.ado.running.telling import Teller
from operation.ado.running.variables import Variables

REMOVAL_SECONDS = 2.0  # for which the removal of a folder is tried again


@dataclass
class Ended:
    """How a job has ended; `outputs` are by "step.variable", and by "COPY.step.variable" where it has copies."""

    result: Result
    outputs: dict[str, str] = field(default_factory=dict)


def run_job(run: RunContext, stage: str, job: Job, variables: Variables, tell: Teller) -> Ended:
    """Run the job whose condition holds, with the variables of its stage and its own."""
    ended = Ended("Skipped")
    for copy in copies(job, variables):
        if copy.name.startswith("on.") and (copy.name == "on.success") != is_good(ended.result):
            continue
        if job.hooks and not is_good(ended.result) and not copy.name.startswith("on."):
            continue
        outputs, result = _run_copy(run, stage, job, copy, variables, tell)
        ended.result = combined((ended.result, result))
        ended.outputs |= prefixed(job, copy, outputs)
    if ended.result == "Failed" and truth(job.continue_on_error, variables):
        ended.result = "SucceededWithIssues"
    return ended


def _run_copy(
    run: RunContext, stage: str, job: Job, copy: Copy, variables: Variables, tell: Teller
) -> tuple[dict[str, str], Result]:
    called = ".".join(filter(None, (stage, job.name, copy.name)))
    context = _context(run, stage, job, copy, variables)
    tell.job(_title(job, copy, context), _notes(job, context.variables))
    try:
        for number, step in enumerate(copy.steps, start=1):
            result = run_step(context, step, run.folder / "logs" / called / f"{number:02}.txt", tell)
            if result == "Canceled":
                context.until = deadline(_cancel_minutes(job, context.variables))
            if result != "Skipped":
                context.status = combined((context.status, result))
        if is_good(context.status):
            for act in context.at_end:
                tell.step("Post-job", "Succeeded", 0.0, act())
    finally:
        context.processes.stop()
        record(context.run, context.temporary / "az-calls")
        _remove(context.temporary, tell)  # scripts in it may hold secrets
    if is_good(context.status) and not run.keep:
        _remove(context.folder, tell)
    else:
        tell.notes(f"  The job's folder is kept: {context.folder}")
    return context.outputs, context.status


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


def _context(run: RunContext, stage: str, job: Job, copy: Copy, variables: Variables) -> JobContext:
    """The job in a fresh folder, as an agent begins it."""
    folder = run.folder / "work" / ".".join(filter(None, (stage, job.name, copy.name)))
    for name in ("a", "b", "s", "_temp", "TestResults"):
        (folder / name).mkdir(parents=True)
    own = variables.copy()
    display = own.expand(job.display_name.text) if job.display_name else job.name
    own.update(predefined.of_job(folder, stage, job.name, display, deployment=bool(job.hooks)))
    if job.environment is not None:
        own.update({"Environment.Name": own.expand(job.environment.text), "Strategy.Name": job.strategy})
    own.update(copy.variables)
    if own.get(environment.DOWNLOADS) is not None:
        own.set(environment.DOWNLOADS, str(environment.downloads(run.machine)))
    own.fixed()
    minutes = DEFAULT_MINUTES if job.timeout_minutes is None else count(job.timeout_minutes, own)
    context = JobContext(run, folder, own, deadline(minutes), prepended=[str(folder / "_temp" / "az")])
    azure.install_az(context.temporary / "az", context.temporary / "az-calls", {})
    return context


def _cancel_minutes(job: Job, variables: Variables) -> int:
    given = job.cancel_timeout_minutes
    return CANCEL_MINUTES if given is None else count(given, variables)


def _title(job: Job, copy: Copy, context: JobContext) -> str:
    shown = context.variables.get("System.JobDisplayName") or job.name
    names = f"{job.name}: {shown}" if shown != job.name else job.name
    return f"{names} ({copy.name})" if copy.name else names


def _notes(job: Job, variables: Variables) -> str:
    if job.environment is None:
        return ""
    return f"   environment {variables.expand(job.environment.text)}: its approvals and checks are not shown here"
