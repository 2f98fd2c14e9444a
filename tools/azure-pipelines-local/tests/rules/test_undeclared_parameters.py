"""Parameters that expressions name and the file does not declare: the service minds only where it reads one.

Source: PGielniak/azdo-pipeline-emulator, E03-if/untaken-body-not-evaluated, E03-parameters/decl-unknown-name.
"""

from pathlib import Path

from azure_pipelines_local import Linters, Project, check, expand
from azure_pipelines_local.rules.template_references import bad_references
from rules.small import source

DECLARED = "parameters:\n- {name: known, type: string, default: x}\nsteps:\n- script: a\n"
LEFT = DECLARED + "- ${{ if eq(1, 2) }}:\n  - script: ${{ parameters.nowhere }}\n"


def test_a_branch_that_is_not_taken_may_name_one(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(LEFT, encoding="utf-8")
    assert "nowhere" not in expand(Project(tmp_path), "ci.yml")


def test_the_check_finds_it_all_the_same() -> None:
    [found] = bad_references(source(LEFT))
    assert str(found).startswith("p.yml:6:27: the parameter 'nowhere' is not declared in this file; declared: known.")


def test_what_refuses_the_pipeline_is_found_once(tmp_path: Path) -> None:
    taken = DECLARED + "- script: ${{ parameters.nowhere }}\n"
    (tmp_path / "azure-pipelines.yml").write_text(taken, encoding="utf-8")
    report = check(Project(tmp_path), linters=Linters(missing=("a linter",)))
    assert [each.rule for each in report.findings if "nowhere" in each.message] == ["invalid-pipeline"]
