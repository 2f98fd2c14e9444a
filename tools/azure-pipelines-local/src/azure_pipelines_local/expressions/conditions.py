"""Expressions at run time: `$[ ]` in variables, and conditions with the status functions."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions import explanation
from azure_pipelines_local.expressions.conversions import Value, to_boolean, to_number, to_text
from azure_pipelines_local.expressions.evaluation import evaluate
from azure_pipelines_local.expressions.functions import FUNCTIONS
from azure_pipelines_local.expressions.signatures import CONDITION, VARIABLE
from azure_pipelines_local.expressions.syntax import parse

# What each may name, as PGielniak/azdo-pipeline-emulator has measured it (E02-context).
RUNTIME_NAMES = ("variables", "dependencies", "stageDependencies", "pipeline")  # conditions
VARIABLE_NAMES = (*RUNTIME_NAMES, "resources")  # `$[ ]` of stages and jobs
ROOT_NAMES = ("variables", "pipeline", "resources")  # `$[ ]` of the whole pipeline
DONE = ("Succeeded", "SucceededWithIssues")
Status = dict[str, Callable[..., Value]]


def condition(text: str, names: Mapping[str, Value], status: Status) -> bool:
    """Return whether the condition holds; `names` are of RUNTIME_NAMES, `status` is `of_step` or `of_dependencies`.

    Raises:
        ExpressionError: it is not a condition, or a value cannot be converted.
    """
    if text.strip().startswith("$["):
        raise ExpressionError("a condition is written without $[ ].")
    tree = parse(text, CONDITION, names)
    return to_boolean(evaluate(tree, _lower(names), FUNCTIONS | status))


def explain(text: str, names: Mapping[str, Value], status: Status, results: Mapping[str, str]) -> str:
    """Say why a condition that `condition` has found false is so; `results` are what its status functions look at."""
    return explanation.explain(parse(text, CONDITION, names), _lower(names), FUNCTIONS | status, results)


def variable(text: str, names: Mapping[str, Value]) -> str:
    """Evaluate a variable's value if all of it is `$[ ]`; else return it.

    `counter` counts nothing on this machine: it gives the seed, as in a pipeline's first run.
    """
    stripped = text.strip()
    if not (stripped.startswith("$[") and stripped.endswith("]")):
        return text
    tree = parse(stripped[2:-1], VARIABLE, names)
    return to_text(evaluate(tree, _lower(names), FUNCTIONS | {"counter": _counter}))


def _counter(prefix: Value, seed: Value = Decimal(0)) -> Value:
    to_text(prefix)
    return to_number(seed)


def of_step(job_status: str) -> Status:
    """Make the status functions of a step, from the `Agent.JobStatus` of its job so far."""

    def among(*accepted: str) -> Callable[..., bool]:
        def check(*names: Value) -> bool:
            if names:
                raise ExpressionError("in a step's condition, status functions take no names.")
            return job_status in accepted

        return check

    return {
        "always": lambda: True,
        "canceled": among("Canceled"),
        "failed": among("Failed"),
        "succeeded": among(*DONE),
        "succeededorfailed": among(*DONE, "Failed"),
    }


def of_dependencies(results: Mapping[str, str], canceled: bool) -> Status:
    """Make the status functions of a job or a stage, from the results of all it depends on, directly or not.

    Measured by PGielniak/azdo-pipeline-emulator, E02-status: a name that it does not depend on has no result, without
    an error; `succeededOrFailed` is false where all were skipped, and true where there is nothing before.
    """
    lowered = {name.lower(): result for name, result in results.items()}

    def of(names: tuple[Value, ...]) -> list[str]:
        return [lowered.get(to_text(name).lower(), "") for name in names] if names else list(results.values())

    return {
        "always": lambda: True,
        "canceled": lambda: canceled,
        "failed": lambda *names: "Failed" in of(names),
        "succeeded": lambda *names: not canceled and all(result in DONE for result in of(names)),
        "succeededorfailed": lambda *names: (
            not canceled and (not of(names) or any(result in (*DONE, "Failed") for result in of(names)))
        ),
    }


def _lower(names: Mapping[str, Value]) -> dict[str, Value]:
    return {name.lower(): value for name, value in names.items()}
