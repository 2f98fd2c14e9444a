"""`$(name)` in what runs: each must be a variable, since a shell runs what Azure leaves there as a command."""

import re
from collections.abc import Iterator

from operation.ado.checks import predefined
from operation.ado.checks.cases import Case, Scope
from operation.ado.checks.values import MACRO
from operation.ado.findings import Finding
from operation.ado.model import Step, Variable
from operation.ado.model.fields import nearest
from operation.ado.nodes import Scalar

MOST = 100  # findings of one text: looking for what was meant takes long, and nobody reads more
SET = re.compile(r"##vso\[task\.setvariable[^\[\]]*\bvariable=([\w.]+)", re.IGNORECASE)


def undefined_variables(case: Case) -> Iterator[Finding]:
    """Macros that no pipeline, stage, job, leg of a matrix or step before defines, and Azure DevOps neither."""
    for scope in case.scopes:
        known = {*scope.variables}
        for text in _job_texts(scope):
            yield from _undefined(case, scope, text, known)
        for step in scope.job.all_steps:
            for text in step_texts(step):
                yield from _undefined(case, scope, text, known)
            known |= {name.lower() for text in step_texts(step) for name in SET.findall(text.text)}


def endless_variables(case: Case) -> Iterator[Finding]:
    """Variables that name themselves, or that no agent can hold with all that they name."""
    for scope in case.scopes:
        for name, problem in scope.values.problems.items():
            yield Finding(scope.variables[name].value.place, problem)


def _undefined(case: Case, scope: Scope, text: Scalar, known: set[str]) -> Iterator[Finding]:
    names = [] if scope.groups else list(dict.fromkeys(MACRO.findall(text.text)))
    unknown = [name for name in names if name.lower() not in known and not predefined.known(name)]
    places = case.sources.macro_places(text) if unknown else {}
    for name in unknown[:MOST]:
        place = places.get(name, text.place)
        hint = nearest(name, [*(one.name for level in scope.levels for one in level), *predefined.NAMES])
        end = hint if hint.startswith("did") else "define it in `variables`."
        yield Finding(
            place, f"$({name}) is no variable {_where(scope, name)}, and a shell would run it as a command; {end}"
        )


def _where(scope: Scope, name: str) -> str:
    """The leg of a matrix, if others define the name."""
    others = [each for leg in scope.job.matrix for each in leg.variables if each.name.text.lower() == name.lower()]
    return f"in the leg {scope.leg.name!r}" if scope.leg and others else "here"


def _job_texts(scope: Scope) -> Iterator[Scalar]:
    job = scope.job
    fields = (job.display_name, job.environment, job.timeout_minutes, job.continue_on_error, job.parallel)
    pool = (job.pool.image, job.pool.name) if job.pool else ()
    values = (one.value for level in scope.levels for one in level if isinstance(one, Variable))
    yield from (each for each in (*fields, *pool, *values) if isinstance(each, Scalar))


def step_texts(step: Step) -> Iterator[Scalar]:
    """The texts of a step in which Azure replaces `$(name)`."""
    fields = (step.display_name, step.enabled, step.continue_on_error, step.timeout_minutes, step.retries)
    yield from (each for each in fields if isinstance(each, Scalar))
    yield from (each.value for each in (*step.inputs, *step.env))
