"""Pipeline artifacts: from one job to another, and when they cannot be."""

import pytest

from operation.tests.ado.running.conftest import Execute, steps, task

MAKE = "script: mkdir out && echo a > out/.hidden && echo b > out/seen.txt"
PUBLISH = "{publish: out, artifact: made}"


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
        (
            "{download: current, artifact: lost, condition: always()}",
            "Artifact lost was not found; published in this run: made.",
        ),
        ("{download: $(Agent.Name), artifact: made}", "Artifacts of 'this-machine' are not on"),
    ],
    ids=["twice", "no-path", "no-name", "missing", "another-run"],
)
def test_an_artifact_that_cannot_be_is_a_failure(last: str, message: str, execute: Execute) -> None:
    ran = execute(steps(MAKE, PUBLISH, last))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"
