"""A failure that is passed over, or a step that is switched off, says why."""

import pytest
from azure_pipelines_local.rules.explanations import unexplained
from rules.small import source

BEFORE = "steps:\n- script: invoke lint\n"


def found(text: str) -> list[str]:
    return [str(each) for each in unexplained(source(text))]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (BEFORE + "  continueOnError: true\n", "3:3"),
        (BEFORE + '  "continueOnError": true\n', "3:3"),
        (BEFORE + "  enabled: no\n", "3:3"),
        (BEFORE + "  # why\n\n  enabled: false\n", "5:3"),
        ("steps: [{script: 'invoke #1', continueOnError: true}]\n# end\n", "1:31"),
        ("steps:\n- ${{ if true }}:\n  - script: a\n    continueOnError: ${{ parameters.b }}\n", "4:5"),
        ("- template: a.yml\n  parameters:\n    steps: [{script: a, enabled: off}]\n", "3:25"),
    ],
    ids=["block", "quoted", "no", "comment too far above", "flow", "in a branch", "in a parameter"],
)
def test_what_is_passed_over_without_a_reason_is_reported(text: str, place: str) -> None:
    (finding,) = found(text)
    assert finding.startswith(f"p.yml:{place}: `")
    assert "a comment with the reason is expected" in finding


@pytest.mark.parametrize(
    "text",
    [
        BEFORE + "  continueOnError: true  # the linter is new\n",
        BEFORE + "  # the linter is new\n  continueOnError: true\n",
        BEFORE + "  continueOnError: No\n",
        BEFORE + "  ContinueOnError: true\n",
        "steps:\n- script: |\n    enabled: false\n",
        "resources:\n  pipelines:\n  - pipeline: a\n    trigger:\n      enabled: false\n",
        "steps:\n- template: a.yml\n  parameters:\n    enabled: false\n",
        "steps:\n- task: A@1\n  inputs:\n    enabled: false\n",
    ],
    ids=["beside", "above", "false", "key that is none", "script", "trigger", "parameter", "input"],
)
def test_what_has_a_reason_or_is_no_step_passes(text: str) -> None:
    assert found(text) == []
