"""For which runs a pipeline is expanded."""

import pytest
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.expansion.variables_read import Read, variables
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.variants.kinds_of_run import BY_HAND, MAXIMUM_RUNS, Run, different_runs


def runs(*expressions: str) -> list[Run]:
    trees = [parse(text, GENERAL, ("parameters", "variables")) for text in expressions]
    return different_runs([Read(each, Place("ci.yml"), True) for tree in trees for each in variables(tree)])


@pytest.mark.parametrize("expression", ["variables.image", "eq(parameters.reason, 'Build.Reason')", "variables['a'].b"])
def test_what_is_the_same_in_every_run_is_expanded_for_one(expression: str) -> None:
    assert runs(expression) == [BY_HAND]


@pytest.mark.parametrize(
    ("expression", "run"),
    [
        ("variables['build.reason']", Run("PullRequest", "refs/pull/1/merge")),
        ("variables['System.PullRequest.TargetBranch']", Run("PullRequest", "refs/pull/1/merge")),
        ("eq(variables['Build.Reason'], 'ResourceTrigger')", Run("ResourceTrigger", "refs/heads/main")),
        ("variables['Build.Reason']", Run("Schedule", "refs/heads/another")),
        ("startsWith(variables['Build.SourceBranch'], 'refs/tags/')", Run("IndividualCI", "refs/tags/")),
        ("not(in(variables['Build.SourceBranchName'], 'a', 'release'))", Run("Manual", "refs/heads/release")),
    ],
)
def test_runs_have_the_reasons_and_branches_that_are_asked_for(expression: str, run: Run) -> None:
    found = runs(expression)
    assert run in found
    assert found[0] == BY_HAND
    assert len(found) == len(set(found)) <= MAXIMUM_RUNS + 1


def test_many_branches_are_tried_once_each() -> None:
    named = [f"eq(variables['Build.SourceBranchName'], 'b{number}')" for number in range(40)]
    found = runs(*named)
    assert Run("Manual", "refs/heads/b39") in found
    assert Run("Schedule", "refs/heads/main") in found
    assert len(found) == 2 + 40 + 3 + 1


def test_a_run_of_a_pull_request_has_its_variables() -> None:
    assert "System.PullRequest.TargetBranch" in runs("variables['Build.Reason']")[-1].variables
    assert BY_HAND.variables == {
        "Build.Reason": "Manual",
        "Build.SourceBranch": "refs/heads/main",
        "Build.SourceBranchName": "main",
    }
