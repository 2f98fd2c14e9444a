"""What conditions and `$[ ]` name, and the mistakes that Azure DevOps lets pass in them."""

from collections.abc import Iterator, Sequence

from operation.ado.checks import predefined
from operation.ado.checks.cases import Case, Scope
from operation.ado.checks.outputs import unknown_outputs
from operation.ado.checks.trees import nodes, transitive
from operation.ado.expressions.conditions import RUNTIME_NAMES
from operation.ado.expressions.errors import ExpressionError
from operation.ado.expressions.signatures import CONDITION, STATUS, VARIABLE
from operation.ado.expressions.syntax import Call, Index, Literal, Name, parse
from operation.ado.findings import Finding
from operation.ado.model import Stage, Variable
from operation.ado.model.fields import nearest
from operation.ado.nodes import Scalar


def bad_conditions(case: Case) -> Iterator[Finding]:
    """Names in conditions that nobody defines, macros, and conditions that drop `succeeded()` without a word."""
    for stage in case.pipeline.stages:
        scopes = [scope for scope in case.scopes if scope.stage is stage]
        yield from _condition(case, stage.condition, scopes[0], needs=_ancestors(case, stage), what="stage")
    for scope in case.scopes:
        yield from _condition(case, scope.job.condition, scope, needs=_before(scope), what="job")
    for scope, step in case.steps:
        yield from _condition(case, step.condition, scope, needs=None, what="step")


def bad_expressions(case: Case) -> Iterator[Finding]:
    """`$[ ]` in values of variables that do not parse, or that name what is not there."""
    for scope in case.scopes:
        for level, what in zip(scope.levels, ("pipeline", "stage", "job", "job"), strict=True):
            for each in level:
                if isinstance(each, Variable) and each.value.text.strip().startswith("$["):
                    yield from _expression(case, each.value, scope, what)


def _expression(case: Case, text: Scalar, scope: Scope, what: str) -> Iterator[Finding]:
    stripped = text.text.strip()
    if not stripped.endswith("]"):
        yield Finding(text.place, f"an expression that does not end; close it with ]: {stripped:.200}")
        return
    try:
        tree = parse(stripped[2:-1], VARIABLE, RUNTIME_NAMES)
    except ExpressionError as error:
        yield Finding(text.place, f"{error.message} In the expression: {stripped:.200}")
        return
    for each in nodes(tree):
        if isinstance(each, Index) and isinstance(each.base, Name) and each.base.name == "variables":
            yield from _variable(text, each, scope)
    if what != "pipeline":
        yield from unknown_outputs(case, text, tree, scope, what)


def _ancestors(case: Case, stage: Stage) -> list[str]:
    return transitive({each.name: each.depends_on for each in case.pipeline.stages}, stage.name)


def _before(scope: Scope) -> list[str]:
    return transitive({job.name: job.depends_on for job in scope.stage.jobs}, scope.job.name)


def _condition(case: Case, text: Scalar, scope: Scope, needs: Sequence[str] | None, what: str) -> Iterator[Finding]:
    if "$(" in text.text:
        yield Finding(
            text.place, f"a condition does not replace $( ): write variables['NAME']. It is: {text.text:.200}"
        )
        return
    tree = parse(text.text, CONDITION, RUNTIME_NAMES)
    calls = [each for each in nodes(tree) if isinstance(each, Call) and each.function in STATUS]
    if not calls and not isinstance(tree, Literal) and needs != []:
        expected = f"write and(succeeded(), {text.text.strip():.200})"
        yield Finding(text.place, f"this {what} runs even if what is before it fails; {expected}, or with always().")
    for call in calls:
        yield from _statuses(text, call, needs)
    for each in nodes(tree):
        if isinstance(each, Index) and isinstance(each.base, Name) and each.base.name == "variables":
            yield from _variable(text, each, scope)
    yield from unknown_outputs(case, text, tree, scope, what)


def _statuses(text: Scalar, call: Call, needs: Sequence[str] | None) -> Iterator[Finding]:
    for each in call.arguments:
        if needs is None:
            yield Finding(text.place, f"{call.function}() takes no names in the condition of a step.")
        elif isinstance(each, Literal) and str(each.value).lower() not in {name.lower() for name in needs}:
            yield Finding(text.place, f"{each.value!r} is no dependency here; {nearest(str(each.value), needs)}")


def _variable(text: Scalar, index: Index, scope: Scope) -> Iterator[Finding]:
    if not isinstance(index.key, Literal) or scope.groups:
        return
    name = str(index.key.value)
    if name.lower() not in scope.variables and not predefined.known(name):
        known = [*scope.variables, *predefined.NAMES]
        hint = nearest(name, known)
        end = hint if hint.startswith("did") else "define it in `variables`."
        yield Finding(text.place, f"nobody defines the variable {name!r}, and so it is empty; {end}")
