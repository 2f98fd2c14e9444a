"""`$(name)` in what runs: each must be a variable, since a shell runs what Azure leaves there as a command."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Leg, Step, Variable
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.containers import containers
from azure_pipelines_local.rules.known_variables import Known, collect_known
from azure_pipelines_local.rules.macro_values import MACRO

MOST = 100  # findings of one text: looking for what was meant takes long, and nobody reads more
NAME = re.compile(r"[\w.:-]+")  # what a variable can be called
SHELL, TEXT = "a shell would run it as a command", "Azure DevOps leaves it as it is"


@dataclass(frozen=True)
class Text:
    """A text in which Azure DevOps replaces `$(name)`, and the variables that it can name."""

    scalar: Scalar
    known: Known
    otherwise: str = TEXT  # what becomes of a name that nobody defines
    legs: tuple[Leg, ...] = ()  # of the job that it stands in
    leg: Leg | None = None  # the one that sees these variables


def undefined_variables(case: Case) -> Iterator[Finding]:
    """Find macros that no pipeline, stage, job, leg of a matrix or step before defines, and Azure DevOps neither."""
    return _undefined(case, commands=False)


def command_substitutions(case: Case) -> Iterator[Finding]:
    """Find `$( )` in steps that no variable can be called, such as `$(date +%s)`: the shell runs it."""
    return _undefined(case, commands=True)


def _undefined(case: Case, *, commands: bool) -> Iterator[Finding]:
    for text in texts(case):
        names = [name for name in dict.fromkeys(MACRO.findall(text.scalar.text)) if name not in text.known]
        names = [name for name in names if commands == (text.otherwise is SHELL and not NAME.fullmatch(name))]
        places = case.sources.macro_places(text.scalar) if names else {}
        for name in names[:MOST]:
            said = f"$({name}) is not a variable {_where(text, name)}, and {text.otherwise}"
            yield Finding(places.get(name, text.scalar.place), f"{said}; {text.known.hint(name)}")


def endless_variables(case: Case) -> Iterator[Finding]:
    """Find variables that name themselves, or that no agent can hold with all that they name."""
    for scope in case.scopes:
        for name, problem in scope.values.problems.items():
            yield Finding(scope.variables[name].value.place, problem)


def texts(case: Case) -> Iterator[Text]:
    """Yield all texts of the pipeline that may name variables."""
    pipeline = case.pipeline
    if pipeline.name:
        known = collect_known([pipeline.variables], case.given)
        yield Text(
            pipeline.name, Known(known.names | predefined_names.RUN_NAME, known.anything, predefined_names.RUN_NAME)
        )
    for stage in pipeline.stages:
        if stage.display_name:
            yield Text(stage.display_name, collect_known([pipeline.variables, stage.variables], case.given))
    for scope in case.scopes:
        legs = (scope.job.matrix, scope.leg)
        yield from (Text(each, scope.known, TEXT, *legs) for each in _job_texts(scope) if isinstance(each, Scalar))
        for step, known in scope.known_to_steps:
            yield from (Text(each, known, SHELL, *legs) for each in _step_texts(step) if isinstance(each, Scalar))


def _where(text: Text, name: str) -> str:
    """Name the leg of a matrix, if others define the variable."""
    others = [each for leg in text.legs for each in leg.variables if each.name.text.lower() == name.lower()]
    return f"in the leg {text.leg.name!r}" if text.leg and others else "here"


def _job_texts(scope: Scope) -> Iterator[object]:
    job = scope.job
    yield from (job.display_name, job.environment, job.resource_name, job.parallel, job.continue_on_error)
    yield from (job.timeout_minutes, job.cancel_timeout_minutes, *containers(job))
    for pool in (job.pool, *(hook.pool for hook in job.hooks)):
        yield from (pool.image, pool.name, *pool.demands) if pool else ()
    yield from (one.value for level in scope.levels for one in level if isinstance(one, Variable))


def _step_texts(step: Step) -> Iterator[object]:
    yield from (step.display_name, step.enabled, step.continue_on_error, step.timeout_minutes, step.retries)
    yield from (each.value for each in (*step.inputs, *step.env))
