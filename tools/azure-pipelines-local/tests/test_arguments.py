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


def test_a_variable_of_the_queue_is_known_to_a_check(tmp_path: Path) -> None:
    text = "name: $(mine)\nsteps:\n- script: echo $(Mine)\n  condition: and(succeeded(), eq(variables.mine, 'x'))\n"
    (tmp_path / "ci.yml").write_text(text, encoding="utf-8")

    def found(*variables: str) -> list[str]:
        queued = parse_queued(variables=variables)
        return [each.rule for each in check(Project(tmp_path), ["ci.yml"], LINTERS, queued).findings]

    assert found() == ["undefined-variable", "undefined-variable", "condition-variable"]
    assert found("mine=x") == []
