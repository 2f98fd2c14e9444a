"""The pipeline of the infrastructure: what it asks the Azure CLI for, stage by stage, and what turns it red."""

import re

import pytest

from operation.tests.ado.pipelines.conftest import Clone, change, results, run

pytestmark = pytest.mark.slow
PIPELINE = "azure-pipelines/infrastructure.yml"
ASKED = ["account show", "group show", "deployment group validate", "deployment group what-if"]


@pytest.fixture(scope="module")
def shown(clone: Clone) -> str:
    """What a run for dev shows."""
    ran = run(clone("infrastructure"), PIPELINE)
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def calls(shown: str) -> list[str]:
    """Every call of `az`, in order."""
    return re.findall(r"^Recorded: az (.*)$", shown, re.MULTILINE)


def verbs(shown: str) -> list[str]:
    """The words of each call before its first option."""
    return [call.partition(" --")[0] for call in calls(shown)]


def test_the_plan_asks_what_would_change_and_only_the_stage_behind_the_approval_deploys(shown: str) -> None:
    plan, deploy = (results(part) for part in shown.partition("Stage deploy")[::2])
    assert plan["invoke infra --plan --environment dev"] == "Succeeded"
    assert deploy["invoke infra --yes --environment dev"] == "Succeeded"
    assert "environment mlops-infrastructure: its approvals" in shown
    assert verbs(shown) == [*ASKED, *ASKED, "deployment group create"]


def test_every_deployment_names_the_group_and_the_files_of_its_environment(shown: str) -> None:
    (group,) = {re.search(r"--name (\S+)", call)[1] for call in calls(shown) if call.startswith("group show")}  # type: ignore[index]
    asked = [call for call in calls(shown) if call.startswith("deployment")]
    assert len(asked) == 5
    for call in asked:
        assert f"--resource-group {group} " in call
        assert re.search(r"--template-file \S+/outputs/infrastructure/dev/main\.json ", call)
        assert re.search(r"--parameters @\S+/outputs/infrastructure/dev/parameters\.json ", call)


def test_the_run_says_that_nothing_of_it_proves_anything_about_azure(shown: str) -> None:
    assert "its answers prove nothing about Azure" in shown


def test_a_deployment_without_a_parameter_that_its_template_needs_turns_the_plan_red(clone: Clone) -> None:
    folder = clone("without-a-parameter")
    change(folder, "azure-pipelines/infrastructure/main.json", r' *"vaultId": \{"value": .*\n', "")
    ran = run(folder, PIPELINE, "--parameter", "environment=prd")
    assert ran.returncode == 1
    assert results(ran.stdout)["invoke infra --plan --environment prd"] == "Failed"
    assert "Parameters missing for the deployment workspace: vaultId" in ran.stdout
    assert verbs(ran.stdout) == ASKED[:3]
    assert "Stage deploy" in ran.stdout
    assert "invoke infra --yes --environment prd" not in results(ran.stdout)
