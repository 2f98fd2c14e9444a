"""What a change does to expanded pipelines."""

from pathlib import Path

import pytest
from azure_pipelines_local.__main__ import main
from azure_pipelines_local.git import git
from running.conftest import IDENTITY

PIPELINE = """parameters:
- {name: loud, type: boolean, default: false}
steps:
- template: say.yml
- ${{ if parameters.loud }}:
  - script: loud
"""
SAY = "steps:\n- script: say WORD\n"


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pipelines of one template, committed; the command finds them from the current folder."""
    root = tmp_path / "repository"
    (root / ".pipelines").mkdir(parents=True)
    for name in ("a.yml", "b.yml"):
        (root / ".pipelines" / name).write_text(PIPELINE.replace("say.yml", "../say.yml"), encoding="utf-8")
    (root / "say.yml").write_text(SAY.replace("WORD", "one"), encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, *IDENTITY, "commit", "--quiet", "--message", "Say one")
    monkeypatch.chdir(root)
    return root


def test_nothing_differs_from_what_is_committed(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["expand", "--diff", "main"]) == 0
    assert capsys.readouterr().out == "No expanded pipeline differs from main.\n"


def test_the_first_pipelines_of_a_repository_are_shown_whole(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(committed, "rm", "--quiet", "-r", ".pipelines")
    git(committed, *IDENTITY, "commit", "--quiet", "--message", "Say nothing")
    assert main(["expand", "--diff", "main"]) == 1
    assert f"There is no pipeline to check in {committed}: " in capsys.readouterr().err
    (committed / ".pipelines").mkdir()
    (committed / ".pipelines" / "first.yml").write_text("steps: [{script: first}]", encoding="utf-8")
    assert main(["expand", "--diff", "main"]) == 0
    assert "+- script: first" in capsys.readouterr().out


def test_a_change_in_a_template_is_shown_once_for_each_different_diff(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (committed / "say.yml").write_text(SAY.replace("WORD", "two"), encoding="utf-8")
    assert main(["expand", "--diff", "main"]) == 0
    shown = capsys.readouterr().out
    assert "--- .pipelines/a.yml loud=false (main)\n+++ .pipelines/a.yml loud=false\n" in shown
    assert shown.count("-- script: say one\n+- script: say two") == 2  # with the loud step behind it, and without
    assert ".pipelines/b.yml" not in shown


def test_one_pipeline_with_its_parameters(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (committed / "say.yml").write_text("steps: oh\n", encoding="utf-8")
    assert main(["expand", ".pipelines/b.yml", "--diff", "HEAD", "--parameter", "loud=true"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("--- .pipelines/b.yml loud=true (HEAD)\n")
    assert "+# refused: say.yml:1:8: a sequence of steps is expected, not text." in shown


def test_a_new_pipeline_differs_from_nothing(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (committed / ".pipelines" / "new.yml").write_text("steps: [{script: new}]\n", encoding="utf-8")
    assert main(["expand", "--diff", "main"]) == 0
    assert "+steps:\n+- script: new" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--diff", "nowhere"], "--diff nowhere: there is no such commit or branch."),
        ([], "expand needs a FILE; without one, `--diff REF` compares all pipelines."),
    ],
)
def test_what_cannot_be_compared_is_refused(
    words: list[str], message: str, committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["expand", *words]) == 1
    assert message in capsys.readouterr().err
