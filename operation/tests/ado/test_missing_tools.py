"""`invoke ado` where a team has deleted a tool."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None  # as if it were not installed
from invoke.main import program
program.run(["invoke", *sys.argv[1:]])
"""


def ado(without: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, without, "ado", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "flags", [["--check"], ["--expand", "azure-pipelines/ci.yml"], ["--run", "azure-pipelines/ci.yml"]]
)
def test_without_the_tool_for_pipelines_the_verb_says_so(flags: list[str], repository: Path) -> None:
    result = ado("azure_pipelines_local", *flags, cwd=repository)
    assert (result.returncode, result.stdout) == (1, "")
    assert "azure-pipelines-local" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_the_offline_workspace_a_run_that_signs_in_does_not_start(repository: Path) -> None:
    result = ado("azureml_offline", "--run", "azure-pipelines/train.yml", cwd=repository)
    assert (result.returncode, result.stdout) == (1, "")
    assert "the service connection of AzureCLI@2: This needs azureml-offline" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("flags", [["--check"], ["--expand", "azure-pipelines/ci.yml"]])
def test_without_the_offline_workspace_all_else_works(flags: list[str], repository: Path) -> None:
    assert ado("azureml_offline", *flags, cwd=repository).returncode == 0
