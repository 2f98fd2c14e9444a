"""Every leg of a matrix is checked, not the last one alone."""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, check
from helpers.projects import FOLDER, strict_project

JOB = """pool: {{vmImage: {image}}}
jobs:
- job: A
  timeoutInMinutes: 5
  strategy:
    matrix:
      one: {one}
      two: {two}
  steps:
  - script: nox -s {session}
"""
PUBLISH = "  - {{publish: outputs, artifact: model-{}}}\n"


def found(folder: Path, linters: Linters, text: str) -> list[str]:
    project = strict_project(folder)
    (folder / FOLDER / "p.yml").write_text(text, encoding="utf-8")
    return [str(each).removeprefix("azure-pipelines/p.yml:") for each in check(project, linters=linters).findings]


def pipeline(one: str, two: str, session: str = "lint", image: str = "ubuntu-24.04") -> str:
    return JOB.format(one=one, two=two, session=session, image=image)


FAULTS = {
    "session": (
        pipeline("{session: lnit}", "{session: lint}", "$(session)"),
        ["10:13: nox has no session 'lnit'. It is: nox -s $(session)"],
    ),
    "image": (
        pipeline("{image: ubuntu-latest}", "{image: ubuntu-24.04}", image="$(image)"),
        ["7:20: the image 'ubuntu-latest' is not pinned; a version is expected, such as ubuntu-24.04."],
    ),
    "variable of the other leg": (
        pipeline("{session: lint}", "{other: types}", "$(session)"),
        ["in the leg 'two', and a shell would run it as a command"],
    ),
    "variable in a value": (
        pipeline("{session: $(nosuch)}", "{session: lint}", "$(session)"),
        ["7:22: $(nosuch) is not a variable here"],
    ),
    "variable that names itself": (
        pipeline("{session: $(session)}", "{session: lint}", "$(session)"),
        ["7:22: the variable names itself"],
    ),
    "variable of a leg in the condition of the job": (
        pipeline("{session: lint}", "{session: types}", "$(session)").replace(
            "  timeoutInMinutes", "  condition: and(succeeded(), eq(variables.session, 'lint'))\n  timeoutInMinutes"
        ),
        ["4:14: the variable 'session' is not defined here, and so it is empty"],
    ),
    "variable of a leg in a variable of the job": (
        pipeline("{session: lint}", "{session: types}", "$(session)").replace(
            "  timeoutInMinutes", "  variables: {own: '$[ variables.session ]'}\n  timeoutInMinutes"
        ),
        ["4:20: the variable 'session' is not defined here, and so it is empty"],
    ),
    "expression in a leg": (
        pipeline("{session: '$[ variables.x ]'}", "{session: lint}"),
        ["7:22: $[ ] in a leg of a matrix stays as it is; define a variable of the job by it"],
    ),
    "secret": (pipeline("{password: abc}", "{}"), ["7:23: 'password' looks like a secret written here"]),
    "artifact of the other leg": (
        f"{pipeline('{art: x}', '{art: y}')}{PUBLISH.format('x')}".replace("model-x", "$(art)")
        + "- job: B\n  timeoutInMinutes: 5\n  dependsOn: A\n  strategy: {matrix: {one: {art: x}, two: {art: z}}}\n"
        "  steps:\n  - {download: current, artifact: $(art)}\n",
        ["no job publishes the artifact 'z'"],
    ),
    "artifact of a leg beside it": (
        pipeline("{art: x, got: y}", "{art: y, got: y}")
        + "  - {publish: outputs, artifact: $(art)}\n  - {download: current, artifact: $(got)}\n",
        ["the artifact 'y' may not be there yet"],
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_one_leg_is_reported_once(case: str, tmp_path: Path, linters: Linters) -> None:
    text, messages = FAULTS[case]
    findings = found(tmp_path, linters, text)
    assert len(findings) == len(messages), findings
    assert all(message in finding for message, finding in zip(messages, findings, strict=True)), findings


def test_a_matrix_without_a_fault_passes(tmp_path: Path, linters: Linters) -> None:
    legs = ("{session: lint, art: a}", "{session: types, art: b}")
    steps = PUBLISH.format("$(art)") + "  - {download: current, artifact: model-$(art)}\n"
    assert found(tmp_path, linters, pipeline(*legs, session="$(session)") + steps) == []
