"""Expressions at run time: conditions with the status functions, and variables."""

import pytest
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conditions import condition, of_dependencies, of_step, variable
from azure_pipelines_local.expressions.conversions import Value

NAMES: dict[str, Value] = {
    "variables": {"Build.SourceBranch": "refs/heads/main", "major": "1"},
    "dependencies": {"train": {"result": "Succeeded", "outputs": {"gate.passed": "true"}}},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("succeeded()", {"Succeeded", "SucceededWithIssues"}),
        ("failed()", {"Failed"}),
        ("canceled()", {"Canceled"}),
        ("succeededOrFailed()", {"Succeeded", "SucceededWithIssues", "Failed"}),
        ("ALWAYS()", {"Succeeded", "SucceededWithIssues", "Failed", "Canceled"}),
    ],
)
def test_a_step_looks_at_its_job_so_far(text: str, holds: set[str]) -> None:
    every = ("Succeeded", "SucceededWithIssues", "Failed", "Canceled")
    assert {status for status in every if condition(text, NAMES, of_step(status))} == holds


@pytest.mark.parametrize(
    ("text", "results", "canceled", "holds"),
    [
        ("succeeded()", {"a": "Succeeded", "b": "SucceededWithIssues"}, False, True),
        ("succeeded()", {}, False, True),
        ("succeeded()", {"a": "Succeeded", "b": "Skipped"}, False, False),
        ("succeeded('A')", {"a": "Succeeded", "b": "Failed"}, False, True),
        ("succeeded()", {"a": "Succeeded"}, True, False),
        ("failed()", {"a": "Succeeded", "b": "Failed"}, False, True),
        ("failed('a')", {"a": "Succeeded", "b": "Failed"}, False, False),
        ("succeededOrFailed()", {"a": "Failed", "b": "Skipped"}, False, True),
        ("succeededOrFailed('b')", {"a": "Failed", "b": "Skipped"}, False, False),
        ("succeededOrFailed()", {"a": "Succeeded"}, True, False),
        ("succeededOrFailed()", {"a": "Skipped"}, False, False),
        ("succeededOrFailed()", {"a": "Skipped", "b": "Succeeded"}, False, True),
        ("succeededOrFailed('a', 'b')", {"a": "Skipped", "b": "Succeeded"}, False, True),
        ("succeededOrFailed()", {}, False, True),
        ("failed()", {"a": "Skipped"}, False, False),
        ("succeeded('nowhere')", {"a": "Succeeded"}, False, False),
        ("succeeded('A', 'b')", {"a": "Succeeded", "b": "Skipped"}, False, False),
        ("canceled()", {}, True, True),
        ("always()", {"a": "Failed"}, True, True),
    ],
)
def test_a_job_looks_at_what_it_depends_on(text: str, results: dict[str, str], canceled: bool, holds: bool) -> None:
    assert condition(text, NAMES, of_dependencies(results, canceled)) is holds


def test_a_condition_reads_variables_and_outputs() -> None:
    text = "and(succeeded(), eq(dependencies.train.outputs['gate.passed'], 'true'), eq(variables.major, 1))"
    assert condition(text, NAMES, of_step("Succeeded"))
    assert not condition(text, NAMES, of_step("Failed"))


def test_a_variable_is_evaluated_if_all_of_it_is_an_expression() -> None:
    assert variable("$[eq(variables['Build.SourceBranch'], 'refs/heads/main')]", NAMES) == "True"
    assert variable(" $[ format('{0}.x', variables.major) ] ", NAMES) == "1.x"
    assert variable("a $[variables.major]", NAMES) == "a $[variables.major]"


def test_a_counter_gives_its_seed() -> None:
    assert variable("$[counter(variables.major, 100)]", NAMES) == "100"
    assert variable("$[counter(variables.major)]", NAMES) == "0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$[ succeeded() ]", "a condition is written without"),
        ("parameters.a", "unrecognized value 'parameters'; write '"),
        ("counter('a', 1)", "unrecognized function 'counter'"),
        ("always(1)", "always takes 0 arguments, and has 1"),
    ],
)
def test_what_is_no_condition_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        condition(text, NAMES, of_dependencies({"a": "Succeeded", "b": "Failed"}, canceled=False))


def test_status_functions_of_a_step_take_no_names() -> None:
    with pytest.raises(ExpressionError, match="status functions take no names"):
        condition("succeeded('a')", NAMES, of_step("Succeeded"))


def test_status_functions_belong_to_conditions_alone() -> None:
    with pytest.raises(ExpressionError, match="unrecognized function 'succeeded'"):
        variable("$[succeeded()]", NAMES)
