"""AzureCLI@2 and `az`: an offline workspace, and no answer that nobody gave."""

import json
import subprocess
from pathlib import Path

import pytest
from azure_pipelines_local.running.work.service_connections import install_az
from running.conftest import Execute, steps, task


def test_az_records_its_calls_and_makes_no_answer_up(execute: Execute) -> None:
    ran = execute(steps("script: az group delete --name rg"))
    assert "has no answer to: az group delete" in ran.shown
    assert "Recorded: az group delete --name rg\n" in ran.shown
    assert ran.result("Job") == "Failed"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            "azureSubscription: c, scriptType: $(Agent.Name), inlineScript: ls",
            "scriptType: 'this-machine' does not work on this machine; only bash does.",
        ),
        ("scriptType: bash, scriptLocation: inlineScript, inlineScript: ls", "Input required: azureSubscription"),
        ("azureSubscription: c, scriptType: bash, scriptLocation: scriptPath, scriptPath: no.sh", "Not found: "),
    ],
)
def test_a_script_of_the_azure_cli_that_cannot_run_is_a_failure(inputs: str, message: str, execute: Execute) -> None:
    assert message in execute(steps(task("AzureCLI@2", inputs))).shown


def test_a_script_of_the_azure_cli_is_signed_in_to_an_offline_workspace_of_its_own(execute: Execute) -> None:
    code = "az account show --query name -o tsv; echo at ${HTTPS_PROXY%:*}; echo ${idToken:+federated}"
    inputs = f"azureSubscription: dev, scriptType: bash, scriptLocation: inlineScript, inlineScript: '{code}'"
    signed_in = task("AzureCLI@2", inputs, "addSpnToEnvironment: true")
    ran = execute(f"steps:\n- {signed_in}\n- script: echo ${{idToken:-none}}; az account show || echo nobody\n")
    log = ran.log("__default.Job", 2).splitlines()
    assert log[-3].startswith("offline-")
    assert log[-2].endswith("at http://127.0.0.1")
    assert log[-1] == "federated"
    assert "\nnone\n" in ran.log("__default.Job", 3)
    assert ran.log("__default.Job", 3).endswith("\nnobody\n")
    assert "Recorded: az account show --query name -o tsv\n" in ran.shown
    assert "az was asked 1 time\n" in ran.shown


def test_a_workspace_that_the_script_names_needs_no_config_json(execute: Execute) -> None:
    code = "echo invoke train --environment dev && az account show --query name -o tsv; ls"
    inputs = f"azureSubscription: dev, scriptType: bash, scriptLocation: inlineScript, inlineScript: '{code}'"
    ran = execute(f"steps:\n- {task('AzureCLI@2', inputs)}\n")
    assert ran.log("__default.Job", 2).endswith("\ndev\npipeline.yml\n")


def test_az_prints_its_answers_as_query_and_output_ask(tmp_path: Path) -> None:
    install_az(tmp_path, tmp_path / "calls", {"account show": {"id": "1", "name": "ours"}})

    def az(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([tmp_path / "az", *words], capture_output=True, text=True, check=False)

    assert az("account", "show", "--query", "name", "--output", "tsv").stdout == "ours\n"
    assert json.loads(az("account", "show").stdout) == {"id": "1", "name": "ours"}
    assert az("account", "show", "-o", "none").stdout == ""
    assert az("account", "show", "--query", "user").returncode == 1
    assert (tmp_path / "calls").read_text().splitlines()[0] == "account show --query name --output tsv"
