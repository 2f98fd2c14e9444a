"""Why a condition does not hold."""

import pytest
from azure_pipelines_local.expressions.conditions import condition, explain, of_dependencies
from azure_pipelines_local.expressions.conversions import Value

NAMES: dict[str, Value] = {
    "variables": {"Build.SourceBranch": "refs/heads/x", "major": "1"},
    "dependencies": {"train": {"result": "Skipped", "outputs": {}}},
}
RESULTS = {"train": "Skipped", "test": "Succeeded"}
ON_MAIN = "eq(variables['Build.SourceBranch'], 'refs/heads/main')"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ON_MAIN, "eq('refs/heads/x', 'refs/heads/main') → false"),
        (f"and(always(), {ON_MAIN})", "eq('refs/heads/x', 'refs/heads/main') → false"),
        (f"and({ON_MAIN}, succeeded())", "eq('refs/heads/x', 'refs/heads/main') → false"),
        (f"and(succeeded(), {ON_MAIN})", "succeeded() → false (train is Skipped, test is Succeeded)"),
        ("succeededorfailed('train')", "succeededOrFailed('train') → false (train is Skipped, test is Succeeded)"),
        (f"or({ON_MAIN}, gt(1, 2))", "eq('refs/heads/x', 'refs/heads/main') → false; gt(1, 2) → false"),
        ("not(eq(variables.major, 1))", "not(eq('1', 1)) → false"),
        ("eq(dependencies.train.outputs['a.b'], 'true')", "eq(null, 'true') → false"),
        ("false", "it is false"),
        ("and(always(), false)", "it is false"),
        ("containsValue(dependencies.train.outputs, 'a')", "containsValue({…}, 'a') → false"),
    ],
)
def test_the_part_that_decides_is_shown_with_its_values(text: str, why: str) -> None:
    status = of_dependencies(RESULTS, canceled=False)
    assert not condition(text, NAMES, status)
    assert explain(text, NAMES, status, RESULTS) == why
