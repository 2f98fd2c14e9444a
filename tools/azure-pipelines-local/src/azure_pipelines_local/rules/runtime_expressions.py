"""Conditions and `$[ ]`: the names in them, and the mistakes that Azure DevOps lets pass."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES, VARIABLE_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION, STATUS, VARIABLE
from azure_pipelines_local.expressions.syntax import Call, Index, Literal, Name, Tree, parse
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Stage, Variable
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.job_outputs import Reader, bad_outputs, reads_results
from azure_pipelines_local.rules.known_variables import Known, collect_known
from azure_pipelines_local.rules.walks import nodes, transitive

_OF_STAGE = "'s condition"  # what tells a reader of a stage's condition from one of its variables
LEG = "leg"  # of a matrix, whose values are texts
PARTLY = re.compile(r"\$\[.*\]", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """A condition, who reads it, which variables it can name, and what its stage or job depends on."""

    text: Scalar
    tree: Tree | None
    reader: Reader
    known: Known
    needs: list[str] | None  # directly or not; None for a step

    @property
    def statuses(self) -> list[Call]:
        """List the calls of succeeded() and the like."""
        return [each for each in nodes(self.tree) if isinstance(each, Call) and each.function in STATUS]


def bad_conditions(case: Case) -> Iterator[Finding]:
    """Find everything that is wrong with conditions, for a run that is about to start."""
    for rule in (
        macros_in_conditions,
        dropped_failures,
        unknown_dependencies,
        undefined_in_conditions,
        bad_outputs_read,
    ):
        yield from rule(case)


def macros_in_conditions(case: Case) -> Iterator[Finding]:
    """Find `$( )` in conditions, where Azure DevOps replaces nothing."""
    for text, *_ in _texts(case):
        if "$(" in text.text:
            expected = f"write variables['NAME']. It is: {text.text:.200}"
            yield Finding(text.place, f"a condition does not replace $( ): {expected}")


def dropped_failures(case: Case) -> Iterator[Finding]:
    """Find conditions that drop `succeeded()` without a word, so that a stage, job or step runs after failures."""
    for each in _conditions(case):
        if (
            not each.statuses
            and not isinstance(each.tree, Literal)
            and each.needs != []
            and not reads_results(each.tree)
        ):
            expected = f"write and(succeeded(), {each.text.text.strip():.200})"
            said = f"this {each.reader.what.removesuffix(_OF_STAGE)} runs even if what is before it fails"
            yield Finding(each.text.place, f"{said}; {expected}, or with always().")


def unknown_dependencies(case: Case) -> Iterator[Finding]:
    """Find names in succeeded() and the like that the stage or job does not depend on."""
    for each in _conditions(case):
        for call in each.statuses:
            yield from _statuses(each.text, call, each.needs)


def undefined_in_conditions(case: Case) -> Iterator[Finding]:
    """Find `variables['x']` of nobody, in conditions and in `$[ ]`."""
    for each in _conditions(case):
        yield from _variables(each.text, each.tree, each.known)
    for text, tree, _, known in _expressions(case):
        yield from _variables(text, tree, known)


def bad_outputs_read(case: Case) -> Iterator[Finding]:
    """Find outputs and results that are not there, that nothing waits for, or that cannot be read from there."""
    for each in _conditions(case):
        yield from bad_outputs(each.text, each.tree, each.reader)
    for text, tree, reader, _ in _expressions(case):
        yield from bad_outputs(text, tree, reader)


def bad_expressions(case: Case) -> Iterator[Finding]:
    """Find `$[ ]` in values of variables that do not parse, or are not the whole value."""
    for value, reader, _ in _values(case):
        stripped = value.text.strip()
        if reader.what == LEG and stripped.startswith("$["):  # MicrosoftDocs/azure-devops-docs 3837
            expected = "define a variable of the job by it"
            yield Finding(value.place, f"$[ ] in a leg of a matrix stays as it is; {expected}: {stripped:.200}")
        elif not stripped.startswith("$["):
            if PARTLY.search(value.text):
                expected = "make it the whole value, with format() or join()"
                yield Finding(value.place, f"$[ ] in a longer text stays as it is; {expected}.")
        elif not stripped.endswith("]"):
            yield Finding(value.place, f"an expression without an end; close it with ]: {stripped:.200}")
        else:
            try:
                parse(stripped[2:-1], VARIABLE, VARIABLE_NAMES)
            except ExpressionError as error:
                yield Finding(value.place, f"{error.message} In the expression: {stripped:.200}")


def _texts(case: Case) -> Iterator[tuple[Scalar, Reader, Known, list[str] | None]]:
    """Yield every condition as it stands."""
    stages = case.pipeline.stages
    for stage in stages:
        known = collect_known([case.pipeline.variables, stage.variables], case.given)
        yield stage.condition, Reader(f"stage{_OF_STAGE}", stages, stage, None), known, _ancestors(case, stage)
    for scope in case.scopes:
        yield scope.job.condition, Reader("job", stages, scope.stage, scope.job), scope.known_before, _before(scope)
        reader = Reader("step", stages, scope.stage, scope.job)
        yield from ((step.condition, reader, known, None) for step, known in scope.known_to_steps)


def _conditions(case: Case) -> Iterator[Condition]:
    """Yield the conditions that are expressions."""
    for text, reader, known, needs in _texts(case):
        if "$(" not in text.text:
            yield Condition(text, _parsed(text.text), reader, known, needs)


def _values(case: Case) -> Iterator[tuple[Scalar, Reader, Known]]:
    """Yield the values of all variables."""
    for scope in case.scopes:
        for level, what in zip(scope.levels, ("pipeline", "stage", "job", LEG), strict=True):
            reader = Reader(what, case.pipeline.stages, scope.stage, scope.job)
            yield from ((each.value, reader, scope.known_before) for each in level if isinstance(each, Variable))
        if scope.job.computed_matrix:
            yield (
                scope.job.computed_matrix,
                Reader("job", case.pipeline.stages, scope.stage, scope.job),
                scope.known_before,
            )


def _expressions(case: Case) -> Iterator[tuple[Scalar, Tree | None, Reader, Known]]:
    """Yield the `$[ ]` that parse."""
    for value, reader, known in _values(case):
        stripped = value.text.strip()
        if stripped.startswith("$[") and stripped.endswith("]") and reader.what != LEG:
            with suppress(ExpressionError):
                yield value, parse(stripped[2:-1], VARIABLE, VARIABLE_NAMES), reader, known


@lru_cache(maxsize=1000)
def _parsed(text: str) -> Tree | None:
    """Parse the text of a condition, which several rules and every leg of a matrix ask for."""
    return parse(text, CONDITION, RUNTIME_NAMES)


def _ancestors(case: Case, stage: Stage) -> list[str]:
    return transitive({each.name: each.depends_on for each in case.pipeline.stages}, stage.name)


def _before(scope: Scope) -> list[str]:
    return transitive({job.name: job.depends_on for job in scope.stage.jobs}, scope.job.name)


def _statuses(text: Scalar, call: Call, needs: list[str] | None) -> Iterator[Finding]:
    for each in call.arguments:
        if needs is None:
            yield Finding(text.place, f"{call.function}() takes no names in the condition of a step.")
        elif isinstance(each, Literal) and str(each.value).lower() not in {name.lower() for name in needs}:
            hint = nearest(str(each.value), needs)
            yield Finding(text.place, f"{each.value!r} is not in dependsOn, nor in that of what it lists; {hint}")


def _variables(text: Scalar, tree: Tree | None, known: Known) -> Iterator[Finding]:
    for each in nodes(tree):
        if isinstance(each, Index) and isinstance(each.base, Name) and each.base.name == "variables":
            name = str(each.key.value) if isinstance(each.key, Literal) else None
            if name is not None and name not in known:
                said = f"the variable {name!r} is not defined here, and so it is empty"
                yield Finding(text.place, f"{said}; {known.hint(name)}")
