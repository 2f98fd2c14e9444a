"""What a run says: its number, why something was skipped, a row for each leg, where the logs are."""

from datetime import UTC, datetime

import pytest
from azure_pipelines_local import Queued
from running.conftest import Execute


def test_the_name_of_a_pipeline_is_its_number_and_counts_on(execute: Execute) -> None:
    pipeline = "name: v$(major)$(Rev:.r)\nvariables: {major: 7}\nsteps: [{checkout: none}, {bash: PRINT}]\n"
    pipeline = pipeline.replace("PRINT", "'echo number $(Build.BuildNumber)'")
    assert "\nnumber v7.1\n" in execute(pipeline).log("__default.Job", 2)
    again = execute(pipeline)
    assert "\nnumber v7.2\n" in again.log("__default.Job", 2)
    assert "Run v7.2: Succeeded" in again.shown


def test_the_start_of_the_pipeline_is_today(execute: Execute) -> None:
    ran = execute(
        """
variables:
  day: $[format('{0:yyyyMMdd}', pipeline.startTime)]
steps: [{checkout: none}, {bash: echo day $(day)}]
"""
    )
    assert f"\nday {datetime.now(UTC):%Y%m%d}\n" in ran.log("__default.Job", 2)


def test_what_is_skipped_says_which_part_of_its_condition_is_false(execute: Execute) -> None:
    ran = execute(
        """
stages:
- stage: s
  jobs:
  - job: a
    condition: false
    steps: [{checkout: none}]
  - job: b
    dependsOn: a
    condition: succeededOrFailed()
    steps: [{checkout: none}]
  - job: c
    steps: [{checkout: none}, {bash: 'true', condition: "and(succeeded(), eq(variables.x, 'y'))"}]
- stage: t
  condition: and(always(), eq(variables['Build.SourceBranchName'], 'other'))
  jobs: [{job: d, steps: [{checkout: none}]}]
"""
    )
    assert "its condition does not hold: eq(null, 'y') → false" in ran.shown
    table = " ".join(ran.shown.partition("Run 2")[2].split())
    assert "succeededOrFailed() → false (a is Skipped)" in table
    assert "eq('main', 'other') → false" in table


def test_each_leg_of_a_matrix_has_a_row(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {matrix: {good: {code: 0}, bad: {code: 1}}}
  steps: [{checkout: none}, {bash: exit $(code)}]
"""
    )
    assert [ran.result(job) for job in ("a.good", "a.bad", "a")] == ["Succeeded", "Failed", "Failed"]


@pytest.mark.parametrize("code", ["0", "1"])
def test_the_logs_are_named_however_it_ends(code: str, execute: Execute) -> None:
    ran = execute(f"steps: [{{checkout: none}}, {{bash: exit {code}}}]")
    assert f"Logs of all steps: outputs/ado/{ran.folder.name}/logs" in ran.shown


def test_a_step_with_issues_names_its_log(execute: Execute) -> None:
    ran = execute("steps: [{checkout: none}, {bash: exit 1, continueOnError: true}]")
    assert "The whole log: outputs/ado/" in ran.shown


def test_a_run_has_what_it_is_queued_with(execute: Execute) -> None:
    queued = Queued("Schedule", "refs/heads/other", {"System.TeamProject": "internal", "mine": "x"})
    text = "$(Build.Reason) $(Build.SourceBranchName) $(System.TeamProject) $(mine) ${{ variables.mine }}"
    ran = execute(f"steps: [{{checkout: none}}, {{bash: 'echo {text}'}}]", queued=queued)
    assert "\nSchedule other internal x x\n" in ran.log("__default.Job", 2)
