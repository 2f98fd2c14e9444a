"""A job: each of its copies, and each hook of a deployment job, in a fresh folder."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from operation.ado.model import DEFAULT_MINUTES, Entry, Job, Step
from operation.ado.nodes import Scalar
from operation.ado.running import azure, environment, predefined
from operation.ado.running.contexts import JobContext, RunContext
from operation.ado.running.late import count, truth
from operation.ado.running.results import Result, combined, is_good
from operation.ado.running.steps import run_step
from operation.ado.running.tasks.azure_cli import record
from operation.ado.running.telling import Teller
from operation.ado.running.variables import Variables


@dataclass(frozen=True)
class Copy:
    """What one agent does of a job: a leg of a matrix, one of several, or a hook of a deployment job."""

    name: str  # "" for the only one of its job
    steps: tuple[Step, ...]
    variables: dict[str, str] = field(default_factory=dict)


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
        ended.outputs |= _prefixed(job, copy, outputs)
    if ended.result == "Failed" and truth(job.continue_on_error, variables):
        ended.result = "SucceededWithIssues"
    return ended


def copies(job: Job, variables: Variables) -> Iterator[Copy]:
    """What runs of the job, in its order."""
    total = count(job.parallel, variables)
    for hook in job.hooks:
        yield Copy(hook.name, _with_download(hook.steps) if hook.name == "deploy" else hook.steps)
    for leg in job.matrix:
        yield Copy(leg.name, _with_checkout(job.steps), {each.name.text: each.value.text for each in leg.variables})
    if not job.hooks and not job.matrix:
        for number in range(1, total + 1):
            place = {"System.JobPositionInPhase": str(number), "System.TotalJobsInPhase": str(total)}
            yield Copy(f"{number}" if total > 1 else "", _with_checkout(job.steps), place)


def _with_checkout(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """A job that says nothing of it checks its repository out first."""
    return (
        steps if any(step.task.text == "checkout" for step in steps) else (_implied(steps, "checkout", "self"), *steps)
    )


def _with_download(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """A deployment job that says nothing of it downloads all artifacts first."""
    implied = _implied(steps, "download", "current")
    return steps if any(step.task.text == "download" for step in steps) else (implied, *steps)


def _implied(steps: tuple[Step, ...], kind: str, value: str) -> Step:
    place = steps[0].place
    entry = Entry(Scalar(kind, place), Scalar(value, place))
    always = Scalar("succeeded()", place, literal=True)
    return Step(Scalar(kind, place), (entry,), "", None, always, True, False, 0, 0, (), None, place)


def _prefixed(job: Job, copy: Copy, outputs: dict[str, str]) -> dict[str, str]:
    """Outputs as others name them: a deployment job's by its name or the hook's, a copy's by the name of the copy."""
    prefixes = (copy.name, job.name) if job.hooks else (copy.name,) if copy.name else ()
    return {f"{prefix}.{name}": text for prefix in prefixes for name, text in outputs.items()} or outputs


def _run_copy(
    run: RunContext, stage: str, job: Job, copy: Copy, variables: Variables, tell: Teller
) -> tuple[dict[str, str], Result]:
    called = ".".join(filter(None, (stage, job.name, copy.name)))
    context = _context(run, stage, job, copy, variables)
    tell.job(_title(job, copy, context), _notes(job, context.variables))
    try:
        for number, step in enumerate(copy.steps, start=1):
            result = run_step(context, step, run.folder / "logs" / called / f"{number:02}.txt", tell)
            if result != "Skipped":
                context.status = combined((context.status, result))
        if is_good(context.status):
            for act in context.at_end:
                tell.step("Post-job", "Succeeded", 0.0, act())
    finally:
        context.processes.stop()
        record(context.run, context.temporary / "az-calls")
    if is_good(context.status) and not run.keep:
        shutil.rmtree(context.folder)
    else:
        shutil.rmtree(context.temporary)  # scripts in it may hold secrets
        tell.notes(f"  The job's folder is kept: {context.folder}")
    return context.outputs, context.status


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
    until = time.monotonic() + 60 * minutes if minutes else float("inf")
    context = JobContext(run, folder, own, until, prepended=[str(folder / "_temp" / "az")])
    azure.install_az(context.temporary / "az", context.temporary / "az-calls", {})
    return context


def _title(job: Job, copy: Copy, context: JobContext) -> str:
    shown = context.variables.get("System.JobDisplayName") or job.name
    names = f"{job.name}: {shown}" if shown != job.name else job.name
    return f"{names} ({copy.name})" if copy.name else names


def _notes(job: Job, variables: Variables) -> str:
    if job.environment is None:
        return ""
    return f"   environment {variables.expand(job.environment.text)}: its approvals and checks are not shown here"
