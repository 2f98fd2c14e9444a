"""Comments that silence a rule: where they stand, and that those without an effect are findings."""

from pathlib import Path

import pytest
from azure_pipelines_local import check
from helpers.projects import FOLDER, strict_project

PIPELINE = """pool: {{vmImage: ubuntu-24.04}}
jobs:
- job: A{beside}
  timeoutInMinutes: 5
  steps:
  {above}
  - script: invoke lint --exit-zero{end}
"""


def found(folder: Path, **comments: str) -> list[str]:
    project = strict_project(folder)
    texts = {"beside": "", "above": "# nothing", "end": ""} | comments
    (folder / FOLDER / "p.yml").write_text(PIPELINE.format(**texts), encoding="utf-8")
    return [str(each).removeprefix(f"{FOLDER}/p.yml:") for each in check(project).findings]


@pytest.mark.parametrize(
    "comments",
    [
        {"end": "  # ado: ignore exit-zero, the report fails instead"},
        {"above": "# ado: ignore exit-zero, the report fails instead"},
        {"above": "# ado: ignore exit-zero, the report fails instead\n  # which another step looks at"},
    ],
    ids=["beside", "above", "above with a comment between"],
)
def test_a_comment_silences_its_rule_on_its_line(comments: dict[str, str], tmp_path: Path) -> None:
    assert found(tmp_path, **comments) == []


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (
            "ignore exit-zero",
            "7:38: an ignore of 'exit-zero' without a reason; `# ado: ignore RULE, reason` is expected.",
        ),
        ("ignore exit-zero,  ", "an ignore of 'exit-zero' without a reason"),
        ("ignore", "an ignore without a rule"),
        ("ignore exit-zro, why", "there is no rule 'exit-zro'; did you mean 'exit-zero'?"),
        ("ignore script-logic, why", "'script-logic' finds nothing here; remove the ignore."),
    ],
)
def test_a_comment_without_an_effect_is_a_finding(comment: str, message: str, tmp_path: Path) -> None:
    (fault, useless) = found(tmp_path, end=f"  # ado: {comment}")
    assert fault.endswith("[exit-zero]")
    assert message in useless
    assert useless.endswith("[useless-ignore]")


def test_a_comment_on_another_line_silences_nothing(tmp_path: Path) -> None:
    (useless, fault) = found(tmp_path, beside="  # ado: ignore exit-zero, why")
    assert "3:11: 'exit-zero' finds nothing here" in useless
    assert fault.endswith("[exit-zero]")


def test_of_a_rule_that_was_not_asked_nobody_knows(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, end="  # ado: ignore shellcheck, its linter is not installed here")
    assert fault.endswith("[exit-zero]")
