"""What a run is given, and what it refuses before anything starts."""

from dataclasses import replace
from pathlib import Path

import pytest
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.git import git
from azure_pipelines_local.running.work.run_pipeline import run_and_say
from helpers.projects import RUNS, project_at
from running.conftest import IDENTITY

PARAMETERS = """
parameters:
- {name: word, type: string, default: nothing}
jobs:
- {job: a, steps: [{checkout: none}, {script: 'echo it is ${{ parameters.word }}'}]}
- {job: b, steps: [{checkout: none}, {script: exit 1}]}
"""


@pytest.fixture
def committed(repository: Path) -> Path:
    """A repository with a pipeline of two jobs, of which the second fails."""
    (repository / "pipeline.yml").write_text(PARAMETERS, encoding="utf-8")
    git(repository, "add", ".")
    git(repository, *IDENTITY, "commit", "--quiet", "--message", "Add a pipeline")
    return repository


def execute(root: Path, file: str = "pipeline.yml", job: str = "a", word: str = "nothing", keep: bool = False) -> None:
    run_and_say(project_at(root), file, jobs=[job], parameters={"word": word}, keep=keep)


def started(root: Path) -> list[Path]:
    """The folders of all runs."""
    return list((root / RUNS).glob("2*"))


def test_a_chosen_job_runs_with_the_parameters_that_are_given(committed: Path) -> None:
    execute(committed, word="this")
    (log,) = committed.glob("outputs/ado/*/logs/__default.a/02.txt")
    assert log.read_text(encoding="utf-8").endswith("\nit is this\n")


def test_a_job_folder_is_kept_on_demand_without_its_scripts(committed: Path) -> None:
    execute(committed, keep=True)
    (kept,) = (each / "__default.a" for each in committed.glob("outputs/ado/*/work"))
    assert (kept / "s").is_dir()
    assert not (kept / "_temp").exists()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("new.yml", "new.yml is not committed, and only what is committed runs. Commit it first."),
        ("../other.yml", "../other.yml is not in this repository"),
        ("lost.yml", "There is no file lost.yml; give its path from the repository's folder, /.*"),
        (".", ". is a folder; give the path of a pipeline's file."),
    ],
)
def test_a_file_that_is_not_committed_is_refused(file: str, message: str, committed: Path) -> None:
    (committed / "new.yml").write_text(PARAMETERS, encoding="utf-8")
    with pytest.raises(PipelinesLocalError, match=message):
        execute(committed, file)
    assert started(committed) == []


def test_what_the_checks_find_does_not_start(committed: Path) -> None:
    text = PARAMETERS.replace("exit 1", "echo $(no.such.variable)")
    (committed / "pipeline.yml").write_text(text, encoding="utf-8")
    git(committed, *IDENTITY, "commit", "--quiet", "--all", "--message", "Break it")
    with pytest.raises(PipelinesLocalError, match=r"pipeline.yml:6:\d+: .*no.such.variable[\s\S]*was not started"):
        execute(committed, job="b")
    assert started(committed) == []
    execute(committed)


def test_a_folder_without_a_repository_is_reported(tmp_path: Path) -> None:
    with pytest.raises(
        PipelinesLocalError, match=r"is not a git repository\. A run takes what is committed: run `git init`"
    ):
        execute(tmp_path)


def test_a_repository_without_a_commit_is_reported(repository: Path) -> None:
    with pytest.raises(PipelinesLocalError, match=r"Nothing is committed in .* commit all of it first"):
        execute(repository)


def test_a_file_in_place_of_the_output_folder_is_reported(committed: Path) -> None:
    (committed / "outputs").touch()
    with pytest.raises(
        PipelinesLocalError, match=r"outputs/ado cannot be made, for a file is in its place; remove that"
    ):
        execute(committed)


def test_what_is_read_of_a_pipeline_does_not_stay(committed: Path) -> None:
    execute(committed)
    (folder,) = started(committed)
    assert sorted(each.name for each in folder.iterdir()) == ["logs", "tools", "work"]


def test_a_service_connection_that_leads_nowhere_does_not_start(committed: Path) -> None:
    script = "{task: AzureCLI@2, inputs: {azureSubscription: c, scriptType: bash, inlineScript: ls}}"
    text = PARAMETERS.replace("{script: exit 1}", script)
    (committed / "pipeline.yml").write_text(text, encoding="utf-8")
    git(committed, *IDENTITY, "commit", "--quiet", "--all", "--message", "Ask Azure")
    project = replace(project_at(committed), workspaces=None, no_workspaces="there is none today")
    with pytest.raises(
        PipelinesLocalError,
        match=r"^pipeline.yml:6:\d+: .*AzureCLI@2: there is none today\. \(read from commit \w{8}\)$",
    ):
        run_and_say(project, "pipeline.yml", jobs=["b"])
    assert started(committed) == []
    run_and_say(project, "pipeline.yml", jobs=["a"])


@pytest.mark.parametrize("is_fixed", [False, True])
def test_what_is_refused_is_said_to_be_committed(is_fixed: bool, committed: Path) -> None:
    (committed / "pipeline.yml").write_text(PARAMETERS.replace("jobs:", "jobz:"), encoding="utf-8")
    git(committed, *IDENTITY, "commit", "--quiet", "--all", "--message", "Break it")
    if is_fixed:
        (committed / "pipeline.yml").write_text(PARAMETERS, encoding="utf-8")
    commit = git(committed, "rev-parse", "HEAD")[:8]
    differs = "; pipeline.yml in the work tree differs: commit first" if is_fixed else ""
    with pytest.raises(PipelinesLocalError) as error:
        execute(committed)
    assert str(error.value).endswith(f" [invalid-pipeline] (read from commit {commit}{differs})")


def test_a_stage_that_is_only_in_the_work_tree_is_refused_with_the_remedy(committed: Path) -> None:
    (committed / "pipeline.yml").write_text(PARAMETERS + "- {job: c, steps: [{script: ls}]}\n", encoding="utf-8")
    told = r"There is no job 'c'\. .* \(read from commit \w{8}; pipeline.yml in the work tree differs: commit first\)$"
    with pytest.raises(PipelinesLocalError, match=told):
        execute(committed, job="c")
