"""What a run is queued with, on a command line."""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, PipelinesLocalError, Project, check, expand, parse_queued
from azure_pipelines_local.__main__ import main

LINTERS = Linters(missing=("a linter",))


def test_another_repository_is_found_in_its_folder_in_whatever_case(tmp_path: Path) -> None:
    repository, templates = tmp_path / "own", tmp_path / "other"
    for folder in (repository, templates / "deeper"):
        folder.mkdir(parents=True)
    (templates / "leaf.yml").write_text("steps:\n- script: leaf\n- template: deeper/inner.yml\n", encoding="utf-8")
    (templates / "deeper" / "inner.yml").write_text("steps: [{script: inner}, {template: back.yml@self}]\n")
    (repository / "back.yml").write_text("steps: [{script: back}]\n")
    resources = "resources:\n  repositories: [{repository: templates, type: git, name: p/t}]\n"
    (repository / "ci.yml").write_text(resources + "steps:\n- template: leaf.yml@TEMPLATES\n", encoding="utf-8")
    queued = parse_queued(repositories=[f"Templates={templates}"])
    found = expand(Project(repository), "ci.yml", queued=queued)
    assert found.endswith("steps:\n- script: leaf\n- script: inner\n- script: back\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--reason", "Shedule"], "--reason 'Shedule': nothing starts a run like that; did you mean Schedule?"),
        (["--reason", "x"], "--reason 'x': nothing starts a run like that; known: Manual, IndividualCI"),
        (["--branch", ""], "--branch '': a branch such as main"),
        (["--variable", "a"], "--variable 'a': NAME=VALUE is expected."),
        (["--variable", "a=b", "--variable", "A=c"], "--variable A is given twice (case does not count)"),
        (
            ["--variable", "build.Reason=Manual", "--reason", "Schedule"],
            "--variable build.Reason and --reason Schedule",
        ),
        (["--variable", "Build.SourceBranch=a", "--branch", "b"], "--variable Build.SourceBranch and --branch b"),
        (["--repository", "a"], "--repository 'a': NAME=FOLDER is expected."),
        (["--repository", "a=nowhere"], "--repository a=nowhere: there is no such folder."),
    ],
)
def test_what_is_no_such_thing_is_refused(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["check"], ["expand", "ci.yml"], ["run", "ci.yml"]):
        assert main([*verb, *words]) == 1
        assert capsys.readouterr().err.startswith(message)


def test_an_undeclared_repository_is_refused_whatever_is_given(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text("steps:\n- template: leaf.yml@other\n", encoding="utf-8")
    with pytest.raises(PipelinesLocalError, match=r"the repository 'other' is not declared; declared: self\."):
        expand(Project(tmp_path), "ci.yml", queued=parse_queued(repositories=[f"other={tmp_path}"]))


DECLARED = "{repository: t, type: git, name: p/t}"


@pytest.mark.parametrize("words", [["check"], ["check", "azure-pipelines.yml"], ["expand", "azure-pipelines.yml"]])
@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ("", "none is declared."),
        ("resources: {repositories: [{repository: t, type: git, name: p/t}]}\n", "declared: t."),
    ],
    ids=["none", "another"],
)
def test_the_folder_of_a_repository_that_nothing_declares_is_refused(
    words: list[str], resources: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "azure-pipelines.yml").write_text(f"{resources}steps: [{{script: a}}]\n", encoding="utf-8")
    options = ["--root", str(tmp_path), "--repository", f"other={tmp_path}"]
    assert main([*words, *options]) == 1
    where = words[1] if len(words) > 1 else "a pipeline"
    assert capsys.readouterr().err == f"--repository other: {where} declares no such repository; {said}\n"
    if resources:
        assert main([*words, *options, "--repository", f"T={tmp_path}"]) == 0


def test_a_variable_of_the_queue_is_known_to_a_check(tmp_path: Path) -> None:
    text = "name: $(mine)\nsteps:\n- script: echo $(Mine)\n  condition: and(succeeded(), eq(variables.mine, 'x'))\n"
    (tmp_path / "ci.yml").write_text(text, encoding="utf-8")

    def found(*variables: str) -> list[str]:
        queued = parse_queued(variables=variables)
        return [each.rule for each in check(Project(tmp_path), ["ci.yml"], LINTERS, queued).findings]

    assert found() == ["undefined-variable", "undefined-variable", "condition-variable"]
    assert found("mine=x") == []
