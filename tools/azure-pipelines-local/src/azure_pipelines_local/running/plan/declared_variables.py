"""Define the variables that a pipeline, a stage or a job declares, with `$[ ]` evaluated as the run goes on."""

from collections.abc import Mapping

from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.model import Group, Variable
from azure_pipelines_local.model.pipeline import Variables as Declared
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.runtime_variables import Variables

Names = Mapping[str, Value]  # what an expression can read beside `variables`, such as `dependencies`


def declare(variables: Variables, declared: Declared, names: Names, secrets: Secrets) -> list[str]:
    """Define what is declared, and return the names of variable groups, whose content is not on this machine.

    Raises:
        PipelineError: an expression cannot be evaluated.
    """
    groups = []
    for each in declared:
        if isinstance(each, Group):  # not an error: a step may work without, and one that does not will say so
            groups.append(each.name)
        else:
            text = _evaluate(each, variables, names)
            # An output keeps its text on the way from job to job, not its being a secret. That a value has come out
            # of an expression and would be masked says so.
            secret = text != each.value.text and secrets.mask(text) != text
            variables.set(each.name, text, secret=secret, readonly=each.readonly)
    return groups


def _evaluate(variable: Variable, variables: Variables, names: Names) -> str:
    try:
        return conditions.variable(variable.value.text, {"variables": variables.texts(), **names})
    except ExpressionError as error:
        raise PipelineError(variable.value.place, f"{error.message} In: {variable.value.text.strip()}") from error
