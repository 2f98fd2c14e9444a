"""Output variables of other jobs and stages: `dependencies` and `stageDependencies`."""

from collections.abc import Iterator

from operation.ado.checks.cases import Case, Scope
from operation.ado.checks.trees import nodes
from operation.ado.expressions.syntax import Index, Literal, Name, Tree
from operation.ado.findings import Finding
from operation.ado.model import Job, Stage
from operation.ado.model.fields import nearest
from operation.ado.nodes import Scalar

RESULTS = ("result", "outputs")


def unknown_outputs(case: Case, text: Scalar, tree: Tree, scope: Scope, what: str) -> Iterator[Finding]:
    """Jobs, stages and steps that the text names and that are not there, or on which it does not depend."""
    for path in dict.fromkeys(_paths(tree)):
        first, *rest = path
        if first == "dependencies" and what == "stage":
            yield from _of_stage(case, text, rest, scope.stage)
        elif first == "dependencies" and rest:
            jobs = [job for job in scope.stage.jobs if job.name in scope.job.depends_on]
            yield from _of_job(text, rest, jobs, f"the job {scope.job.name!r} does not depend on")
        elif first == "stagedependencies" and len(rest) > 1:
            stages = {each.name.lower(): each for each in case.pipeline.stages}
            if rest[0].lower() not in stages:
                yield Finding(text.place, f"there is no stage {rest[0]!r}; {nearest(rest[0], _names(stages))}")
            else:
                yield from _of_job(text, rest[1:], stages[rest[0].lower()].jobs, f"the stage {rest[0]!r} has no")


def _names(stages: dict[str, Stage]) -> list[str]:
    return [each.name for each in stages.values()]


def _paths(tree: Tree | None) -> Iterator[tuple[str, ...]]:
    """The chains of names that the tree reads, such as `dependencies`, `A`, `outputs`, `step.name`."""
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


def _of_stage(case: Case, text: Scalar, rest: list[str], stage: Stage) -> Iterator[Finding]:
    stages = {each.name.lower(): each for each in case.pipeline.stages if each.name in stage.depends_on}
    if rest and rest[0].lower() not in stages:
        hint = nearest(rest[0], _names(stages))
        yield Finding(text.place, f"the stage {stage.name!r} does not depend on {rest[0]!r}, which it reads; {hint}")
    elif len(rest) > 2 and rest[1].lower() == "outputs":
        name, _, variable = rest[2].partition(".")
        yield from _of_job(text, [name, "outputs", variable], stages[rest[0].lower()].jobs, f"{rest[0]!r} has no job")


def _of_job(text: Scalar, rest: list[str], jobs: tuple[Job, ...] | list[Job], problem: str) -> Iterator[Finding]:
    found = next((job for job in jobs if job.name.lower() == rest[0].lower()), None)
    if found is None:
        yield Finding(
            text.place, f"{problem} {rest[0]!r}, which is read; {nearest(rest[0], [job.name for job in jobs])}"
        )
    elif len(rest) > 1 and rest[1].lower() not in RESULTS:
        yield Finding(text.place, f"{rest[1]!r} is nothing of a job; {nearest(rest[1], RESULTS)}")
    elif len(rest) > 2 and not found.matrix and not found.hooks:
        step = rest[2].partition(".")[0]
        names = [each.name for each in found.all_steps if each.name]
        if step.lower() not in {name.lower() for name in names}:
            hint = nearest(step, names)
            yield Finding(text.place, f"the job {found.name!r} has no step with the name {step!r}; {hint}")
