"""Pipelines on which Azure DevOps and this tool once differed: each file says what is right, and the source for it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure_pipelines_local import Linters, PipelinesLocalError, Project, check, expand, parse_queued
from running.conftest import Execute

CASES = Path(__file__).parent
ENVIRONMENT = "parameters: [{name: target, type: environment}]\nsteps: [{script: 'echo ${{ parameters.target }}'}]\n"
OTHERS = {"env.yml": ENVIRONMENT, "other/leaf.yml": "steps:\n- script: leaf\n"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The cases, with the files that some of them include."""
    for file in CASES.glob("*.yml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in OTHERS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Project(tmp_path)


def scripts(*lines: str) -> dict[str, list[dict[str, str]]]:
    return {"steps": [{"script": line} for line in lines]}


EXPANDED: dict[str, Any] = {
    "alias-in-other-case": scripts("leaf"),
    "computed-matrix": {},
    "expression-in-trigger": {"trigger": ["main"]},
    "interrupted-else": scripts("echo between", "echo b"),
    "literal-default": scripts("echo 5"),
    "object-number": scripts("echo False"),
    "replace-empty": {"variables": {"a": "abc"}},
    "string-list": scripts("echo WUS", "echo CUS"),
    "team-project": {"jobs": [{"job": "b", "pool": {"name": "closed-pool"}, "steps": [{"script": "echo"}]}]},
}


@pytest.mark.parametrize("case", EXPANDED)
def test_a_pipeline_becomes_what_azure_devops_makes_of_it(case: str, project: Project) -> None:
    other = f"templates={project.root / 'other'}"
    queued = parse_queued(variables=["System.TeamProject=internal"], repositories=[other])
    found = yaml.safe_load(expand(project, f"{case}.yml", queued=queued))
    assert found | EXPANDED[case] == found


def test_a_computed_matrix_is_printed_as_it_is(project: Project) -> None:
    assert "    matrix: $[ dependencies.gen.outputs['m.legs'] ]\n" in expand(project, "computed-matrix.yml")


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("in-needs-two", "in-needs-two.yml:4:10: in takes 2 or more arguments, and has 1."),
        ("if-in-repositories", "if-in-repositories.yml:5:5: a directive is not allowed among the repositories"),
        ("environment-in-template", "env.yml:1:35: 'environment' is a type of parameters of a pipeline alone"),
        ("object-in-text", "object-in-text.yml:9:13: Object cannot be converted to String."),
    ],
)
def test_what_azure_devops_refuses_is_refused(case: str, message: str, project: Project) -> None:
    with pytest.raises(PipelinesLocalError) as error:
        expand(project, f"{case}.yml")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ("step-reads-dependencies", ["11:16: the condition of a step cannot read dependencies"]),
        ("variables-across-hooks", ["16:25: warning: $(plainvar) is not", "16:39: warning: $(pre.outvar) is not"]),
        ("team-project", []),
    ],
)
def test_a_check_finds_what_an_agent_would_meet_with(case: str, found: list[str], project: Project) -> None:
    report = check(project, [f"{case}.yml"], Linters(missing=("a linter",)))
    assert len(report.findings) == len(found)
    for finding, start in zip(report.findings, found, strict=True):
        assert str(finding).startswith(f"{case}.yml:{start}")


@pytest.mark.parametrize("case", ["step-reads-dependencies", "variables-across-hooks"])
def test_what_goes_wrong_in_any_run_is_refused_before_it_starts(case: str, execute: Execute) -> None:
    ran = execute((CASES / f"{case}.yml").read_text(encoding="utf-8"))
    assert not ran.folder.exists()
    assert "The pipeline was not started" in ran.failure


@pytest.mark.parametrize(("case", "end"), [("run-name", ".main.1"), ("start-time", "")])
def test_a_run_prints_what_azure_devops_would(case: str, end: str, execute: Execute) -> None:
    ran = execute((CASES / f"{case}.yml").read_text(encoding="utf-8"))
    assert ran.log("__default.Job", 2).splitlines()[-1] == f"{datetime.now(UTC):%Y%m%d}{end}"
