"""What conditions and `$[ ]` name, and the mistakes that Azure DevOps lets pass in them."""

import re
from collections.abc import Iterator

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION, STATUS, VARIABLE
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree, parse
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Stage, Variable
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.job_outputs import Reader, bad_outputs, reads_results
from azure_pipelines_local.rules.known_variables import Known, known_of
from azure_pipelines_local.rules.walks import nodes, transitive

PARTLY = re.compile(r"\$\[.*\]", re.DOTALL)


def bad_conditions(case: Case) -> Iterator[Finding]:
    """Names in conditions that nobody defines, macros, and conditions that drop `succeeded()` without a word."""
    stages = case.pipeline.stages
    for stage in stages:
        reader = Reader("stage's condition", stages, stage, None)
        known = known_of([case.pipeline.variables, stage.variables])
        yield from _condition(stage.condition, reader, known, _ancestors(case, stage))
    for scope in case.scopes:
        reader = Reader("job", stages, scope.stage, scope.job)
        yield from _condition(scope.job.condition, reader, scope.known, _before(scope))
        reader = Reader("step", stages, scope.stage, scope.job)
        for step, known in scope.known_to_steps:
            yield from _condition(step.condition, reader, known, None)


def bad_expressions(case: Case) -> Iterator[Finding]:
    """`$[ ]` in values of variables that do not parse, that name what is not there, or are not the whole value."""
    for scope in case.scopes:
        for level, what in zip(scope.levels, ("pipeline", "stage", "job", "job"), strict=True):
            reader = Reader(what, case.pipeline.stages, scope.stage, scope.job)
            for each in level:
                if isinstance(each, Variable) and each.value.text.strip().startswith("$["):
                    yield from _expression(each.value, reader, scope.known)
                elif isinstance(each, Variable) and PARTLY.search(each.value.text):
                    expected = "make it the whole value, with format() or join()"
                    yield Finding(each.value.place, f"$[ ] in a longer text stays as it is; {expected}.")


def _expression(text: Scalar, reader: Reader, known: Known) -> Iterator[Finding]:
    stripped = text.text.strip()
    if not stripped.endswith("]"):
        yield Finding(text.place, f"an expression that does not end; close it with ]: {stripped:.200}")
        return
    try:
        tree = parse(stripped[2:-1], VARIABLE, RUNTIME_NAMES)
    except ExpressionError as error:
        yield Finding(text.place, f"{error.message} In the expression: {stripped:.200}")
        return
    yield from _variables(text, tree, known)
    yield from bad_outputs(text, tree, reader)


def _ancestors(case: Case, stage: Stage) -> list[str]:
    return transitive({each.name: each.depends_on for each in case.pipeline.stages}, stage.name)


def _before(scope: Scope) -> list[str]:
    return transitive({job.name: job.depends_on for job in scope.stage.jobs}, scope.job.name)


def _condition(text: Scalar, reader: Reader, known: Known, needs: list[str] | None) -> Iterator[Finding]:
    """`needs` is what a stage or a job depends on, directly or not; None for a step."""
    if "$(" in text.text:
        yield Finding(
            text.place, f"a condition does not replace $( ): write variables['NAME']. It is: {text.text:.200}"
        )
        return
    tree = parse(text.text, CONDITION, RUNTIME_NAMES)
    calls = [each for each in nodes(tree) if isinstance(each, Call) and each.function in STATUS]
    if not calls and not isinstance(tree, Literal) and needs != [] and not reads_results(tree):
        expected = f"write and(succeeded(), {text.text.strip():.200})"
        what = reader.what.removesuffix("'s condition")
        yield Finding(text.place, f"this {what} runs even if what is before it fails; {expected}, or with always().")
    for call in calls:
        yield from _statuses(text, call, needs)
    yield from _variables(text, tree, known)
    yield from bad_outputs(text, tree, reader)


def _statuses(text: Scalar, call: Call, needs: list[str] | None) -> Iterator[Finding]:
    for each in call.arguments:
        if needs is None:
            yield Finding(text.place, f"{call.function}() takes no names in the condition of a step.")
        elif isinstance(each, Literal) and str(each.value).lower() not in {name.lower() for name in needs}:
            yield Finding(text.place, f"{each.value!r} is no dependency here; {nearest(str(each.value), needs)}")


def _variables(text: Scalar, tree: Tree | None, known: Known) -> Iterator[Finding]:
    for each in nodes(tree):
        if isinstance(each, Index) and isinstance(each.base, Name) and each.base.name == "variables":
            name = str(each.key.value) if isinstance(each.key, Literal) else None
            if name is not None and name not in known:
                said = f"the variable {name!r} is not defined here, and so it is empty"
                yield Finding(text.place, f"{said}; {known.hint(name)}")
