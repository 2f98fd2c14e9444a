"""The number of a run. Source: https://learn.microsoft.com/azure/devops/pipelines/process/run-number."""

from datetime import UTC, datetime

import pytest
from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.run_name import name_run

NOW = datetime(2026, 11, 3, 9, 5, 7, tzinfo=UTC)
KNOWN = Variables(
    {
        "Build.DefinitionName": "ci",
        "Build.BuildId": "202611031",
        "Build.SourceBranchName": "main",
        "System.TeamProject": "this-machine",
        "major": "1",
    }
)


def named(text: str, *before: str) -> str:
    return name_run(Scalar(text, Place("ci.yml", 3, 7)), KNOWN, NOW, before)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$(Date:yyyyMMdd).$(SourceBranchName)$(Rev:.r)", "20261103.main.1"),
        ("$(TeamProject)_$(Build.DefinitionName)_$(BuildID)", "this-machine_ci_202611031"),
        ("$(BuildDefinitionName)-$(DayOfMonth)-$(DayOfYear)", "ci-3-307"),
        ("$(Hours)$(Minutes)$(Seconds)-$(Month)-$(Year:yy)-$(Year:yyyy)", "957-11-26-2026"),
        ("$(major).0.$(Rev:rr)", "1.0.01"),
        ("$(date)", "20261103"),
        ("fixed", "fixed"),
        ("$(unknown)", "$(unknown)"),
    ],
)
def test_a_name_is_the_number_of_the_run(text: str, number: str) -> None:
    assert named(text) == number


def test_the_revision_counts_what_is_alike_in_all_the_rest() -> None:
    assert named("$(major).$(Rev:r)", "1.1", "1.2", "2.7") == "1.3"
    assert named("$(major).$(Rev:rr)", "1.01") == "1.02"
    assert named("$(major)", "1") == "1"


@pytest.mark.parametrize("text", ["a/b", "a:b", "a.", "a" * 256])
def test_a_number_that_the_service_does_not_take_is_refused(text: str) -> None:
    with pytest.raises(PipelineError, match=r"^ci\.yml:3:7: `name` makes 'a"):
        named(text)
