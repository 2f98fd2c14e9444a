"""The repository of a pipeline: what is read of it, and that no run changes it."""

from pathlib import Path

import pytest
from azure_pipelines_local.git import git
from azure_pipelines_local.running.work.run_pipeline import run_and_say
from helpers.projects import project_at
from running.conftest import Execute, steps

LOOK = steps("script: 'true'").replace("none", "self")


@pytest.mark.parametrize(
    ("name", "value"),
    [("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/index"), ("GIT_WORK_TREE", ""), ("GIT_COMMON_DIR", ".git")],
)
def test_variables_that_name_a_repository_as_in_a_hook_of_git_do_not_reach_a_run(
    name: str, value: str, execute: Execute, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert execute(LOOK).failure == ""
    (repository / "staged").touch()
    git(repository, "add", "staged")
    monkeypatch.setenv(name, str(repository / value))
    run_and_say(project_at(repository), "pipeline.yml")
    monkeypatch.delenv(name)
    assert git(repository, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(repository, "status", "--porcelain") == "A  staged"


def test_what_a_step_pushes_is_refused(execute: Execute, repository: Path) -> None:
    push = "script: git tag made-by-a-step && git push origin HEAD:refs/heads/pushed made-by-a-step"
    ran = execute(steps(push).replace("none", "self"))
    assert "a run on this machine pushes nothing" in ran.shown
    assert ran.result("Job") == "Failed"
    assert git(repository, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
