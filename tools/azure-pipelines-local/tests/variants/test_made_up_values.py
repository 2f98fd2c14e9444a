"""Predefined variables that only Azure DevOps knows: made up, given, or each value that a pipeline compares them with.

Source: Microsoft's "Use predefined variables" ("Available in templates?"); seen in dotnet/arcade and dotnet/msbuild.
"""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, PipelinesLocalError, Project, Queued, check, expand, parse_queued

POOLS = """
jobs:
- job: b
  pool:
    ${{ if eq(variables['System.TeamProject'], 'public') }}:
      name: open-pool
    ${{ if eq(variables['System.TeamProject'], 'internal') }}:
      name: closed-pool
  steps: [{script: a}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "ci.yml").write_text(POOLS, encoding="utf-8")
    return Project(tmp_path)


def test_a_value_can_be_given(project: Project) -> None:
    assert "name: closed-pool" in expand(
        project, "ci.yml", queued=parse_queued(variables=["system.teamproject=Internal"])
    )


def test_a_refusal_names_the_value_that_was_made_up(project: Project) -> None:
    with pytest.raises(PipelinesLocalError, match=r"give --variable System\.TeamProject=VALUE\. \[invalid-pipeline\]$"):
        expand(project, "ci.yml")


def test_a_check_takes_each_value_that_is_compared(project: Project) -> None:
    report = check(project, ["ci.yml"], Linters(missing=("a linter",)))
    assert report.errors == []
    assert report.checked == [
        "ci.yml (System.TeamProject=internal): 1 stage, 1 job, 1 step",
        "ci.yml (System.TeamProject=public): 1 stage, 1 job, 1 step",
    ]


def test_a_check_takes_the_value_that_is_given_alone(project: Project) -> None:
    queued = parse_queued(variables=["System.TeamProject=public"])
    assert check(project, ["ci.yml"], Linters(missing=("a linter",)), queued).checked == [
        "ci.yml: 1 stage, 1 job, 1 step"
    ]


def test_a_fault_of_every_value_is_found(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(POOLS + "  strategy: nothing\n", encoding="utf-8")
    found = check(Project(tmp_path), ["ci.yml"], Linters(missing=("a linter",))).errors
    assert [each.place.line for each in found] == [5, 10]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Build.DefinitionName", "ci"),
        ("System.TeamProject", "this-machine"),
        ("Build.Reason", "Manual"),
        ("Build.SourceBranchName", "main"),
        ("Build.Repository.Provider", "TfsGit"),
        ("System.HostType", "build"),
    ],
)
def test_what_is_known_when_a_pipeline_is_compiled_has_a_value(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "ci.yml").write_text(f"steps:\n- script: ${{{{ variables['{name}'] }}}}.\n", encoding="utf-8")
    assert expand(Project(tmp_path), "ci.yml") == f"steps:\n- script: {value}.\n"


@pytest.mark.parametrize(
    ("queued", "said"),
    [
        (parse_queued(reason="schedule"), "Schedule on refs/heads/main"),
        (parse_queued(branch="release/1"), "Manual on refs/heads/release/1"),
        (parse_queued(branch="refs/tags/v1"), "Manual on refs/tags/v1"),
        (parse_queued(reason="PullRequest"), "PullRequest on refs/pull/1/merge"),
    ],
)
def test_reason_and_branch_can_be_given(tmp_path: Path, queued: Queued, said: str) -> None:
    text = "steps:\n- script: ${{ variables['Build.Reason'] }} on ${{ variables['Build.SourceBranch'] }}\n"
    (tmp_path / "ci.yml").write_text(text, encoding="utf-8")
    assert expand(Project(tmp_path), "ci.yml", queued=queued) == f"steps:\n- script: {said}\n"
    checked = check(Project(tmp_path), ["ci.yml"], Linters(missing=("a linter",)), queued).checked
    assert len(checked) == 1
