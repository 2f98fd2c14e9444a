"""Pipeline artifacts: from one job to another, and what cannot be published or downloaded."""

import pytest
from running.conftest import Execute, steps, task

MAKE = "script: mkdir out && echo a > out/.hidden && echo b > out/seen.txt"
PUBLISH = "{publish: out, artifact: made}"
ALWAYS = "condition: always()"


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
    ran = execute(steps(MAKE, PUBLISH, download, "script: mkdir -p got; ls -A got"))
    expected = files if pattern != '"**\\n!**/s*"' else ""
    assert ran.log("__default.Job", 5).endswith(f"\n{expected}\n" if expected else "ls -A got\n")


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
        ("{publish: out, artifact: a/b}", "'a/b' cannot name an artifact."),
        (f"{{publish: out, artifact: {'a' * 300}}}", "The name of an artifact must have at most 255 bytes: 'aaa"),
        ("{publish: ../../.., artifact: all}", "contains the artifacts of this run, and cannot be one of them."),
        (
            "{download: current, artifact: lost, condition: always()}",
            "Artifact lost was not found; published in this run: made.",
        ),
        (
            "{download: $(Agent.Name), artifact: made}",
            "download: 'this-machine' does not work on this machine; only current or none does.",
        ),
    ],
    ids=["twice", "no-path", "no-name", "long-name", "whole-run", "missing", "another-run"],
)
def test_an_artifact_that_cannot_be_moved_is_a_failure(last: str, message: str, execute: Execute) -> None:
    ran = execute(steps(MAKE, PUBLISH, last))
    assert message in ran.shown
    assert ran.result("Job") == "Failed"


@pytest.mark.parametrize(
    ("patterns", "files"),
    [
        ("'one/**'", "./one/a.txt\n./one/b/c.txt\n"),
        ("'*/a*'", "./one/a.txt\n./two/a.txt\n"),
        ("'**/c.txt'", "./one/b/c.txt\n./two/b/c.txt\n"),
        ("a.txt", ""),
    ],
    ids=["of-one", "of-each", "of-any", "of-none"],
)
def test_patterns_for_all_artifacts_begin_with_the_name_of_one(patterns: str, files: str, execute: Execute) -> None:
    make = "script: mkdir -p out/b got && touch out/a.txt out/b/c.txt"
    publish = ("{publish: out, artifact: one}", "{publish: out, artifact: two}")
    download = task("DownloadPipelineArtifact@2", f"itemPattern: {patterns}", "path: got")
    ran = execute(steps(make, *publish, download, "script: cd got && find . -type f | sort"))
    assert ran.failure == ""
    assert ran.log("__default.Job", 6).endswith(f"find . -type f | sort\n{files}")


SPECIAL = {
    "link": "ln -s nowhere out/link",
    "pipe": "mkfifo out/link",
    "socket": """python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('out/link')" """,
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL)
def test_nothing_is_left_of_a_folder_that_cannot_be_published(make: str, execute: Execute) -> None:
    bash = f"bash: |\n    {make}"
    ran = execute(steps(MAKE, bash, PUBLISH, "{bash: rm out/link, condition: always()}", f"{PUBLISH[:-1]}, {ALWAYS}}}"))
    failed = next(line for line in ran.shown.splitlines() if "Publish " in line and "Failed" in line)
    assert "Not published as made: " in failed
    assert "out/link" in failed
    assert "made: 2 files" in ran.shown
    assert list(ran.folder.glob("part-*")) == []


def test_an_artifact_cannot_be_downloaded_over_a_file(execute: Execute) -> None:
    ran = execute(steps(MAKE, PUBLISH, "script: touch ../made", "{download: current, artifact: made}"))
    assert "/made/" in ran.shown
    assert "cannot be written" in ran.shown
    assert ran.result("Job") == "Failed"


def test_an_artifact_without_a_name_has_that_of_its_job_and_no_repository_in_it(execute: Execute) -> None:
    """Sources: PipelineArtifactPluginV1 of microsoft/azure-pipelines-agent; the page on publishing artifacts."""
    strategy = "strategy: {matrix: {one: {v: 1}}}"
    ran = execute(f"stages: [{{stage: Build_it, jobs: [{{job: all_of, {strategy}, steps: [{{publish: .}}]}}]}}]\n")
    assert ran.failure == ""
    published = ran.folder / "artifacts" / "Buildit.allof.one"
    assert {each.name for each in published.iterdir()} == {"pipeline.yml", ".gitignore"}
