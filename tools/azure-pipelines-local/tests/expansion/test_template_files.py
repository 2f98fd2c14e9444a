"""Templates: what is included, from where, and what is refused with its place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure_pipelines_local.documents.nodes import Mapping, Sequence
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand

Expanded = Callable[..., Any]


JOB = """
parameters:
- {name: name, type: string}
- {name: timeout, type: number, default: 30}
- {name: publish, type: boolean, default: true}
- {name: before, type: stepList, default: []}
jobs:
- job: ${{ parameters.name }}
  timeoutInMinutes: ${{ parameters.timeout }}
  steps:
  - checkout: self
  - ${{ parameters.before }}
  - script: invoke ${{ parameters.name }} --publish ${{ parameters.publish }}
  - ${{ if parameters.publish }}:
    - template: ../steps/publish.yml
"""
PUBLISH = "steps:\n- publish: outputs\n"
FILES = {
    "ok.yml": "parameters: [{name: a, default: ''}]\nsteps: []\n",
    "typed.yml": "parameters:\n- {name: a, type: number}\nsteps: []\n",
    "list.yml": "- a",
    "jobs.yml": "parameters: []",
    "loop.yml": "steps:\n- template: loop.yml\n",
}


def test_a_template_of_jobs_gets_its_parameters_and_includes_steps(expanded: Expanded) -> None:
    entry = """
trigger: [main]
jobs:
- template: templates/jobs/verb.yml
  parameters:
    name: train
    Timeout: 60
    before:
    - script: invoke setup
- template: /templates/jobs/verb.yml@self
  parameters: {name: lint, publish: false}
"""
    files = {"templates/jobs/verb.yml": JOB, "templates/steps/publish.yml": PUBLISH}
    assert expanded(entry, files) == {
        "trigger": ["main"],
        "jobs": [
            {
                "job": "train",
                "timeoutInMinutes": "60",
                "steps": [
                    {"checkout": "self"},
                    {"task": "CmdLine@2", "inputs": {"script": "invoke setup"}},
                    {"script": "invoke train --publish True"},
                    {"publish": "outputs"},
                ],
            },
            {
                "job": "lint",
                "timeoutInMinutes": "30",
                "steps": [{"checkout": "self"}, {"script": "invoke lint --publish False"}],
            },
        ],
    }


def test_a_deployment_includes_templates_of_steps(expanded: Expanded) -> None:
    entry = """
jobs:
- deployment: A
  environment: dev
  strategy:
    runOnce:
      deploy: {steps: [{template: publish.yml}]}
      on: {failure: {steps: [{template: publish.yml}]}}
"""
    run_once = expanded(entry, {"publish.yml": PUBLISH})["jobs"][0]["strategy"]["runOnce"]
    steps = [{"publish": "outputs"}]
    assert run_once == {"deploy": {"steps": steps}, "on": {"failure": {"steps": steps}}}


def test_a_reference_may_have_backslashes(expanded: Expanded) -> None:
    files = {"templates/a.yml": "steps:\n- template: .\\b.yml\n", "templates/b.yml": PUBLISH}
    assert expanded("steps:\n- template: templates\\a.yml\n", files)["steps"] == [{"publish": "outputs"}]


def test_what_is_no_reference_to_a_template_stays_data(expanded: Expanded) -> None:
    step = {"task": "Example@1", "inputs": {"steps": [{"template": "arm.json"}]}}
    entry = "steps:\n- task: Example@1\n  inputs:\n    steps: [{template: arm.json}]\n"
    assert expanded(entry)["steps"] == [step]


def test_another_repository_needs_a_folder(expanded: Expanded, tmp_path: Path) -> None:
    entry = """
parameters: [{name: branch, type: string, default: main}]
resources:
  repositories: [{repository: tools, type: git, name: tools, ref: "refs/heads/${{ parameters.branch }}"}]
steps:
- template: steps/a.yml@tools
"""
    other = {"other/steps/a.yml": "steps:\n- template: b.yml\n", "other/steps/b.yml": PUBLISH}
    with pytest.raises(PipelineError, match=r"^ci\.yml:6:13: templates of the repository 'tools' are not supported"):
        expanded(entry)
    found = expanded(entry, other, folders={"tools": tmp_path / "other"})
    assert found["steps"] == [{"publish": "outputs"}]
    assert found["resources"]["repositories"][0]["ref"] == "refs/heads/main"


def test_what_is_expanded_knows_where_it_came_from(expanded: Expanded, tmp_path: Path) -> None:
    expanded("steps:\n- template: a.yml\n", {"a.yml": "steps:\n- script: a\n"})
    steps = expand(tmp_path, "ci.yml").find("steps")
    assert isinstance(steps, Sequence)
    assert isinstance(steps.nodes[0], Mapping)
    assert str(steps.nodes[0].place) == "a.yml:2:3"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("steps:\n- template: none.yml", "ci.yml:2:13: the template none.yml does not exist"),
        ("steps:\n- template: ../none.yml", "ci.yml:2:13: the template '../none.yml' is not within its repository"),
        ("steps:\n- template: a.yml@tools", "ci.yml:2:13: the repository 'tools' is not declared; declared: self"),
        ("steps:\n- template: [a]", "ci.yml:2:3: `template: FILE` is expected"),
        ("steps:\n- template: ok.yml\n  condition: always()", "ci.yml:3:3: 'condition' cannot be used beside"),
        ("steps:\n- template: ok.yml\n  parameters: {b: 1}", "ci.yml:3:16: unexpected parameter 'b'; declared: a"),
        ("steps:\n- template: ok.yml\n  parameters: b", "ci.yml:3:15: a mapping of parameters is expected"),
        ("steps:\n- template: typed.yml", "ci.yml:2:3: a value for the parameter 'a' is missing"),
        ("jobs:\n- template: ok.yml", "ok.yml:2:1: a template of jobs has `parameters` and `jobs`, and no `steps`"),
        ("steps:\n- template: list.yml", "list.yml:1:1: a mapping is expected, not a sequence"),
        ("steps:\n- template: loop.yml", "loop.yml:2:13: templates that include one another in a circle: loop.yml -> "),
        ("steps:\n- template: jobs.yml", "ci.yml:2:13: the template jobs.yml has no `steps`"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_refused(expanded: Expanded, entry: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        expanded(entry, FILES)
    assert str(raised.value).startswith(message)
