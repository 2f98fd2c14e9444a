"""The variables that a pipeline, a stage or a job declares, and what expressions at run time see of other jobs."""

from collections.abc import Mapping

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expressions import conditions
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.model import Group, Variable
from azure_pipelines_local.model.pipeline import Variables as Declared
from azure_pipelines_local.running.machine.masking import Secrets
from azure_pipelines_local.running.machine.runtime_variables import Variables

Names = Mapping[str, Value]


def declare(variables: Variables, declared: Declared, names: Names, secrets: Secrets) -> list[str]:
    """Define what is declared, `$[ ]` evaluated; says the names of groups, whose content is not here.

    What an expression gets of a secret is one.

    Raises:
        PipelineError: an expression cannot be evaluated.
    """
    groups = []
    for each in declared:
        if isinstance(each, Group):
            groups.append(each.name)
        else:
            text = _value(each, variables, names)
            secret = text != each.value.text and secrets.mask(text) != text
            variables.set(each.name, text, secret=secret, readonly=each.readonly)
    return groups


def _value(variable: Variable, variables: Variables, names: Names) -> str:
    try:
        return conditions.variable(variable.value.text, {"variables": variables.texts(), **names})
    except ExpressionError as error:
        raise PipelineError(variable.value.place, f"{error.message} In: {variable.value.text.strip()}") from error


def holds(condition: Scalar, variables: Variables, names: Names, results: Mapping[str, str]) -> bool:
    """Whether the condition of a stage or a job does, after the results of all that it depends on.

    Raises:
        PipelineError: it cannot be evaluated.
    """
    status = conditions.of_dependencies(results, canceled=False)
    try:
        return conditions.condition(condition.text, {"variables": variables.texts(), **names}, status)
    except ExpressionError as error:
        raise PipelineError(condition.place, f"{error.message} In the condition: {condition.text.strip()}") from error
