"""Artifacts and the stand-ins: what they really do, and when they fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from operation.ado.running.azure import install_az
from operation.tests.ado.running.conftest import Execute, steps

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
MAKE = "script: mkdir out && echo a > out/.hidden && echo b > out/seen.txt"
PUBLISH = "{publish: out, artifact: made}"
JUNIT = '<testsuites><testsuite tests="3" failures="{0}" errors="0" skipped="1"/></testsuites>'


def task(name: str, *inputs: str) -> str:
    return f"{{task: {name}, inputs: {{{', '.join(inputs)}}}}}"


def test_an_artifact_brings_its_files_to_another_job(execute: Execute) -> None:
    ran = execute(
        f"""
jobs:
- {{job: a, steps: [{{checkout: none}}, {{{MAKE}}}, {PUBLISH}]}}
- job: b
  dependsOn: a
  steps: [{{checkout: none}}, {{download: current}}, {{script: ls -A $(Pipeline.Workspace)/made}}]
"""
    )
    assert ran.failure == ""
    assert ran.log("__default.b", 3).endswith("\n.hidden\nseen.txt\n")


@pytest.mark.parametrize(
    ("pattern", "files"),
    [("'**'", ".hidden\nseen.txt"), ("'*.txt'", "seen.txt"), ("'**/.hid*'", ".hidden"), ('"**\\n!**/s*"', ".hidden")],
)
def test_a_pattern_chooses_files_of_an_artifact(pattern: str, files: str, execute: Execute) -> None:
    download = task("DownloadPipelineArtifact@2", "artifact: made", "path: got", f"itemPattern: {pattern}")
    ran = execute(steps(MAKE, PUBLISH, download, "script: mkdir -p ../got; ls -A ../got"))
    expected = files if pattern != '"**\\n!**/s*"' else ""
    assert ran.log("__default.Job", 5).endswith(f"\n{expected}\n" if expected else "ls -A ../got\n")


def test_the_tasks_publish_and_download_as_the_short_forms_do(execute: Execute) -> None:
    publish = task("PublishPipelineArtifact@1", "targetPath: out", "artifact: made")
    ran = execute(steps(MAKE, publish, task("DownloadPipelineArtifact@2"), "script: ls ../made"))
    assert ran.failure == ""
    assert ran.log("__default.Job", 5).endswith("\nseen.txt\n")


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (PUBLISH, "Artifact made already exists: each is published once."),
        ("{publish: nowhere, artifact: other}", "Path does not exist"),
        ("{publish: out, artifact: a/b}", "'a/b' is no name for an artifact."),
        ("{download: current, artifact: lost}", "Artifact lost was not found; published in this run: made."),
        ("{download: another, artifact: made}", "Artifacts of 'another' are not on this machine"),
    ],
    ids=["twice", "no-path", "no-name", "missing", "another-run"],
)
def test_an_artifact_that_cannot_be_is_a_failure(last: str, message: str, execute: Execute) -> None:
    ran = execute(steps(MAKE, PUBLISH, last))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


@pytest.mark.parametrize("wanted", [VERSION, f"{VERSION}.x", "3.x", "3"])
def test_a_python_of_this_machine_is_put_on_the_path(wanted: str, execute: Execute) -> None:
    use = task("UsePythonVersion@0", f"versionSpec: '{wanted}'")
    ran = execute(
        steps(use, "script: python -c 'import sys; print(sys.version_info[0], sys.prefix == sys.base_prefix)'")
    )
    assert "\n3 True\n" in ran.log("__default.Job", 3)
    assert "stand-in: 3." in ran.shown


@pytest.mark.parametrize(("wanted", "message"), [("3.2", "did not match any version"), (">=3", "this machine underst")])
def test_a_python_that_is_not_here_is_a_failure(wanted: str, message: str, execute: Execute) -> None:
    assert message in execute(steps(task("UsePythonVersion@0", f"versionSpec: '{wanted}'"))).shown


def test_a_cache_is_restored_in_the_next_run_by_its_key_or_by_its_beginning(execute: Execute) -> None:
    cache = task(
        "Cache@2", "key: 'it | pins.txt'", "restoreKeys: it", "path: $(Pipeline.Workspace)/kept", "cacheHitVar: HIT"
    )
    fill = "script: mkdir -p ../kept; date +%N >> ../kept/times; wc -l < ../kept/times; echo hit $(HIT)"
    pipeline = f"steps:\n- {cache}\n- {fill}\n"
    logs = [execute(pipeline, {"pins.txt": pins}).log("__default.Job", 3) for pins in ("1", "1", "2")]
    assert [log.splitlines()[-2:] for log in logs] == [["1", "hit false"], ["2", "hit true"], ["2", "hit inexact"]]


def test_a_folder_outside_of_the_job_is_neither_restored_nor_kept(execute: Execute) -> None:
    ran = execute(steps(task("Cache@2", "key: it", "path: /usr/share")))
    assert "/usr/share is this machine's own" in ran.shown
    assert not (ran.folder.parent / "cache").exists()


@pytest.mark.parametrize(
    ("failures", "inputs", "message", "failed"),
    [
        (0, "failTaskOnFailedTests: true", "stand-in: 3 tests, 0 failed, 1 skipped", False),
        (1, "failTaskOnFailedTests: true", "There are one or more test failures", True),
        (1, "failTaskOnFailedTests: false", "stand-in: 3 tests, 1 failed, 1 skipped", False),
    ],
)
def test_results_of_tests_are_read(failures: int, inputs: str, message: str, failed: bool, execute: Execute) -> None:
    publish = task("PublishTestResults@2", "testResultsFormat: JUnit", "testResultsFiles: '**/r.xml'", inputs)
    ran = execute(f"steps:\n- {publish}\n", {"reports/r.xml": JUNIT.format(failures)})
    assert message in ran.shown
    assert bool(ran.failure) is failed


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("PublishTestResults@2", "failTaskOnMissingResultsFile: true", "No test result files matching"),
        ("PublishTestResults@2", "testResultsFiles: bad.xml", "cannot be read as XML"),
        ("PublishTestResults@2", "testResultsFormat: NUnit", "only JUnit is"),
        ("PublishTestResults@2", "testResultsFiles: other.xml", "is no file of JUnit"),
        (
            "PublishCodeCoverageResults@2",
            "{summaryFileLocation: no.xml, failIfCoverageEmpty: true}",
            "No code coverage",
        ),
        ("PublishCodeCoverageResults@2", "{summaryFileLocation: bare.xml}", "is no file of Cobertura"),
        ("PublishCodeCoverageResults@2", "{}", "Input required: summaryFileLocation"),
    ],
)
def test_results_that_are_missing_or_no_results_are_a_failure(
    name: str, inputs: str, message: str, execute: Execute
) -> None:
    files = {"bad.xml": "<testsuite", "other.xml": "<coverage line-rate='1'/>", "bare.xml": "<coverage/>"}
    ran = execute(f"steps:\n- {task(name, inputs.strip('{}'))}\n", files)
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


def test_missing_results_are_a_warning_unless_they_are_to_fail(execute: Execute) -> None:
    ran = execute(steps(task("PublishTestResults@2")))
    assert ran.failure == ""
    assert "warning: No test result files matching" in ran.shown


def test_the_coverage_of_lines_is_read(execute: Execute) -> None:
    publish = task("PublishCodeCoverageResults@2", "summaryFileLocation: '**/coverage.xml'")
    ran = execute(f"steps:\n- {publish}\n", {"reports/coverage.xml": "<coverage line-rate='0.954'/>"})
    assert "stand-in: 95.4% of the lines" in ran.shown


def test_az_writes_down_its_calls_and_answers_nothing_that_it_was_not_told(execute: Execute) -> None:
    ran = execute(steps("script: az group delete --name rg"))
    assert "was not told what to answer to: az group delete" in ran.shown
    assert "Recorded: az group delete --name rg\n" in ran.shown
    assert ran.result("Job") == "Failed"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("azureSubscription: c, scriptType: pscore, inlineScript: ls", "'pscore' does not run on this machine"),
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
    ran = execute(f"steps:\n- {signed_in}\n- script: echo ${{idToken:-none}}\n")
    log = ran.log("__default.Job", 2).splitlines()
    assert log[-3].startswith("offline-")
    assert log[-2].endswith("at http://127.0.0.1")
    assert log[-1] == "federated"
    assert ran.log("__default.Job", 3).endswith("\nnone\n")
    assert "Recorded: az account show --query name -o tsv\n" in ran.shown


def test_a_workspace_that_the_configuration_names_has_its_name_offline(execute: Execute) -> None:
    names = "subscription_id: 11111111-2222-3333-4444-555555555555, resource_group: rg, workspace: mlw-ours"
    code = "echo invoke train --environment dev && az account show --query name -o tsv"
    inputs = f"azureSubscription: dev, scriptType: bash, scriptLocation: inlineScript, inlineScript: '{code}'"
    files = {"configuration/environments/dev.yaml": f"backend: {{{names}}}"}
    ran = execute(f"steps:\n- {task('AzureCLI@2', inputs)}\n", files)
    assert ran.log("__default.Job", 2).endswith("\nmlw-ours\n")


def test_a_script_in_a_file_runs_with_its_arguments(execute: Execute) -> None:
    bash = task("Bash@3", "filePath: say.sh", "arguments: one two")
    ran = execute(f"steps:\n- {bash}\n", {"say.sh": "echo $2 before $1"})
    assert ran.log("__default.Job", 2).endswith("\ntwo before one\n")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (task("Bash@3", "filePath: no.sh"), "Invalid file path"),
        ("{checkout: other}", "checkout: 'other' is not on this machine"),
        ("{checkout: self, submodules: true}", "checkout: `submodules` is not done on this machine."),
        ("{script: 'true', retryCountOnTaskFailure: $(word)}", "a whole number is expected, and this is 'three'."),
        ("{script: 'true', condition: \"lt(1, 'x')\"}", "cannot be converted to Number"),
    ],
    ids=["file", "repository", "submodules", "number", "condition"],
)
def test_a_step_that_cannot_be_done_is_a_failure(step: str, message: str, execute: Execute) -> None:
    ran = execute("variables: {word: three}\n" + steps(step))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


def test_az_prints_what_it_was_told_in_the_form_that_is_asked_for(tmp_path: Path) -> None:
    install_az(tmp_path, tmp_path / "calls", {"account show": {"id": "1", "name": "ours"}})

    def az(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([tmp_path / "az", *words], capture_output=True, text=True, check=False)

    assert az("account", "show", "--query", "name", "--output", "tsv").stdout == "ours\n"
    assert json.loads(az("account", "show").stdout) == {"id": "1", "name": "ours"}
    assert az("account", "show", "-o", "none").stdout == ""
    assert az("account", "show", "--query", "user").returncode == 1
    assert (tmp_path / "calls").read_text().splitlines()[0] == "account show --query name --output tsv"
