"""What an expression may name and call, depending on where it stands.

Measured by PGielniak/azdo-pipeline-emulator, E02-context and E02-status. Where the service takes what no agent knows,
such as an unknown name in a variable of a job, `check` finds it.
"""

from pathlib import Path

import pytest
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.model import read

SLOTS = {
    "compiled": 'variables: {own: x, "probe": "${{ EXPRESSION }}"}\nsteps: [{script: a}]\n',
    "root": 'variables: {probe: "$[ EXPRESSION ]"}\nsteps: [{script: a}]\n',
    "job": 'jobs: [{job: A, variables: {probe: "$[ EXPRESSION ]"}, steps: [{script: a}]}]\n',
    "condition": 'jobs: [{job: A, condition: "eq(EXPRESSION, 1)", steps: [{script: a}]}]\n',
    "stage": 'stages: [{stage: S, condition: "eq(EXPRESSION, 1)", jobs: [{job: A, steps: [{script: a}]}]}]\n',
    "if": "steps:\n- ${{ if eq(EXPRESSION, 1) }}:\n  - script: a\n- script: b\n",
}
TAKEN = {
    "variables.own": ("compiled", "root", "job", "condition", "stage", "if"),
    "dependencies.A.result": ("job", "condition", "stage"),
    "stageDependencies.A.A1.result": ("job", "condition", "stage"),
    "pipeline.startTime": ("root", "job", "condition", "stage"),
    "resources.repositories.self.ref": ("root", "job"),
    "counter('probe', 1)": ("root", "job"),
    "environment.name": (),
    "succeeded()": ("condition", "stage"),
}


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("expression", TAKEN)
def test_an_expression_names_what_the_service_knows_there(expression: str, slot: str, tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text(SLOTS[slot].replace("EXPRESSION", expression), encoding="utf-8")
    if slot in TAKEN[expression] or slot == "job":  # of a job's variables the service parses nothing
        read(expand(tmp_path, "ci.yml"))
        return
    with pytest.raises(PipelineError):
        read(expand(tmp_path, "ci.yml"))
