"""Results and output variables of other jobs and stages: `dependencies` and `stageDependencies`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Job, Stage
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules.walks import nodes

OTHERS = ("dependencies", "stagedependencies")
OF_A_JOB = ("result", "outputs")
RESULTS = ("Succeeded", "SucceededWithIssues", "Skipped", "Failed", "Canceled")
COMPARISONS = ("eq", "ne", "in", "notin")


@dataclass(frozen=True)
class Reader:
    """Where an expression stands: in a variable or in a condition of a pipeline, stage, job or step."""

    what: str  # pipeline, stage, stage's condition, job, step
    stages: Sequence[Stage]
    stage: Stage
    job: Job | None


def reads_results(tree: Tree | None) -> bool:
    """Return whether it says itself what it makes of failures before it."""
    return any(len(path) > 2 and path[0] in OTHERS and path[-1].lower() == "result" for path in _paths(tree))


def bad_outputs(text: Scalar, tree: Tree | None, reader: Reader) -> Iterator[Finding]:
    """Find jobs, stages, steps and results that the text names and that are not there, or not to be read from there."""
    for first, *rest in dict.fromkeys(_paths(tree)):
        if first not in (OTHERS if reader.what != "step" else (*OTHERS, "pipeline")):
            continue
        if reader.what == "step":
            expected = "read it into a variable of the job by $[ ], and write variables['NAME']"
            yield Finding(text.place, f"the condition of a step cannot read {first}, jobs and stages can; {expected}.")
        elif first == "dependencies" and reader.what.startswith("stage"):
            yield from _of_stage(text, rest, reader)
        elif first == "dependencies" and rest and reader.job:
            yield from _of_needed_job(text, rest, reader.job, reader)
        elif first == "stagedependencies" and len(rest) > 1:
            yield from _of_other_stage(text, rest, reader)
    yield from _unknown_results(text, tree)


def _of_needed_job(text: Scalar, rest: Sequence[str], job: Job, reader: Reader) -> Iterator[Finding]:
    called = rest[0].lower()
    if called in {each.name.lower() for each in reader.stages} - {each.name.lower() for each in reader.stage.jobs}:
        expected = f"write stageDependencies.{rest[0]}.JOB.outputs['STEP.VARIABLE']"
        yield Finding(text.place, f"dependencies of a job are jobs, and {rest[0]!r} is a stage; {expected}.")
    else:
        jobs = [each for each in reader.stage.jobs if each.name in job.depends_on]
        yield from _of_job(text, rest, jobs, f"the job {job.name!r} does not depend on")


def _of_stage(text: Scalar, rest: Sequence[str], reader: Reader) -> Iterator[Finding]:
    stages = {each.name.lower(): each for each in reader.stages if each.name in reader.stage.depends_on}
    if rest and rest[0].lower() not in stages:
        hint = nearest(rest[0], [each.name for each in stages.values()])
        said = f"the stage {reader.stage.name!r} does not depend on {rest[0]!r}, which it reads"
        yield Finding(text.place, f"{said}; {hint}")
    elif len(rest) > 2 and rest[1].lower() == "outputs":
        name, _, output = rest[2].partition(".")
        if "." not in output:
            expected = "outputs['JOB.STEP.VARIABLE'] is expected"
            yield Finding(text.place, f"{rest[2]!r} is not an output of a stage; {expected}.")
        else:
            jobs = stages[rest[0].lower()].jobs
            yield from _of_job(text, [name, "outputs", output], jobs, f"{rest[0]!r} has no job")


def _of_other_stage(text: Scalar, rest: Sequence[str], reader: Reader) -> Iterator[Finding]:
    stages = {each.name.lower(): each for each in reader.stages}
    called = rest[0]
    if reader.what == "stage's condition":
        expected = f"write dependencies.{called}.outputs['JOB.STEP.VARIABLE']"
        yield Finding(text.place, f"the condition of a stage cannot read stageDependencies; {expected}.")
    elif called.lower() not in stages:
        hint = nearest(called, [each.name for each in reader.stages])
        yield Finding(text.place, f"there is no stage {called!r}; {hint}")
    elif stages[called.lower()].name not in reader.stage.depends_on:
        said = f"the stage {reader.stage.name!r} does not depend on {called!r} itself, and so this is empty"
        yield Finding(text.place, f"{said}; add {called!r} to its `dependsOn`.")
    else:
        yield from _of_job(text, rest[1:], stages[called.lower()].jobs, f"the stage {called!r} has no")


def _of_job(text: Scalar, rest: Sequence[str], jobs: Sequence[Job], problem: str) -> Iterator[Finding]:
    found = next((job for job in jobs if job.name.lower() == rest[0].lower()), None)
    if found is None:
        yield Finding(
            text.place, f"{problem} {rest[0]!r}, which is read; {nearest(rest[0], [job.name for job in jobs])}"
        )
    elif len(rest) > 1 and rest[1].lower() not in OF_A_JOB:
        yield Finding(text.place, f"{rest[1]!r} is not a key of a job; {nearest(rest[1], OF_A_JOB)}")
    elif len(rest) > 2:
        yield from _of_step(text, rest[2], found)


def _of_step(text: Scalar, output: str, job: Job) -> Iterator[Finding]:
    copies = _copies(job)
    step, _, variable = output.partition(".")
    names = [each.name for each in job.all_steps if each.name]
    if copies is not None:
        copy, (step, _, variable) = step, variable.partition(".")
        if variable and copies and copy.lower() not in {each.lower() for each in copies}:
            said = f"outputs of the job {job.name!r} do not begin with {copy!r}"
            yield Finding(text.place, f"{said}; {nearest(copy, copies)}")
            return
    if not variable:
        form = f"{copies[0] if copies else 'COPY'}.STEP.VARIABLE" if copies is not None else "STEP.VARIABLE"
        yield Finding(
            text.place, f"{output!r} is not an output of the job {job.name!r}; outputs['{form}'] is expected."
        )
    elif step.lower() not in {name.lower() for name in names}:
        hint = nearest(step, names)
        yield Finding(text.place, f"the job {job.name!r} has no step with the name {step!r}; {hint}")


def _copies(job: Job) -> list[str] | None:
    """List what the outputs of the job begin with, before the step; empty where it is not known, None for nothing."""
    if job.hooks:
        return [output_prefix(job)] if job.strategy == "runOnce" else []
    return [leg.name for leg in job.matrix] if job.has_matrix else None


def output_prefix(job: Job) -> str:
    """Return what the outputs of a deployment with `runOnce` begin with: its name, or that of what it deploys to."""
    return f"Deploy_{job.resource_name.text}" if job.resource_name else job.name


def _unknown_results(text: Scalar, tree: Tree | None) -> Iterator[Finding]:
    for call in nodes(tree):
        if isinstance(call, Call) and call.function in COMPARISONS and any(map(_is_result, call.arguments)):
            for each in call.arguments:
                value = str(each.value) if isinstance(each, Literal) else RESULTS[0]
                if value.lower() not in {one.lower() for one in RESULTS}:
                    yield Finding(text.place, f"{value!r} is not a result; {nearest(value, RESULTS)}")


def _is_result(tree: Tree) -> bool:
    return isinstance(tree, Index) and reads_results(tree)


def _paths(tree: Tree | None) -> Iterator[tuple[str, ...]]:
    """Yield the chains of names that the tree reads, such as `dependencies`, `A`, `outputs`, `step.name`."""
    inner = {id(each.base) for each in nodes(tree) if isinstance(each, Index)}
    for each in nodes(tree):
        if isinstance(each, Index) and id(each) not in inner:
            chain: list[str] = []
            base: Tree = each
            while isinstance(base, Index) and isinstance(base.key, Literal):
                chain.insert(0, str(base.key.value))
                base = base.base
            if isinstance(base, Name):
                yield (base.name, *chain)
