"""Pipelines: their variables, templates that they extend, and what is refused with its place."""

from collections.abc import Callable
from typing import Any

import pytest
from azure_pipelines_local.errors import PipelineError

Expanded = Callable[..., Any]


PUBLISH = "steps:\n- publish: outputs\n"
PUBLISHED = {"task": "ecdc45f6-832d-4ad9-b52b-ee49e94659be@1", "inputs": {"path": "outputs"}}
FILES = {
    "ok.yml": "parameters:\n- {name: a, default: ''}\nsteps: []\n",
    "named.yml": "name: a\nsteps: []\n",
}


def test_variables_are_known_from_where_they_are_defined(expanded: Expanded) -> None:
    entry = """
variables:
- name: one
  value: 1
- template: variables.yml
  parameters: {name: two}
- group: secrets
- ${{ if eq(variables['Build.SourceBranch'], 'refs/heads/main') }}:
  - name: main
    value: ${{ variables.ONE }}${{ variables.two }}
stages:
- stage: A
  jobs:
  - job: B
    steps:
    - script: ${{ variables.main }} ${{ variables.own }}$(own)
    variables:
      own: ${{ variables.main }}!
- stage: C
  jobs:
  - job: D
    steps: [{script: "[${{ variables.own }}]"}]
"""
    template = "parameters:\n- name: name\nvariables:\n  ${{ parameters.name }}: 2\n"
    branch = {"Build.SourceBranch": "refs/heads/main"}
    found = expanded(entry, {"variables.yml": template}, variables=branch)
    assert found["variables"] == [
        {"name": "one", "value": "1"},
        {"name": "two", "value": "2"},
        {"group": "secrets"},
        {"name": "main", "value": "12"},
    ]
    assert found["stages"][0]["jobs"][0]["steps"] == [{"script": "12 12!$(own)"}]
    assert found["stages"][1]["jobs"][0]["steps"] == [{"script": "[]"}]


def test_variables_of_a_job_that_is_put_together_stay_its_own(expanded: Expanded) -> None:
    entry = """
jobs:
- ${{ each name in split('A,B', ',') }}:
  - ${{ if true }}:
      variables: {own: "${{ name }}${{ variables.own }}"}
      steps: [{script: "${{ variables.own }}"}]
"""
    assert [job["steps"][0]["script"] for job in expanded(entry)["jobs"]] == ["A", "B"]


def test_a_pipeline_extends_a_template(expanded: Expanded) -> None:
    entry = """
trigger: none
variables: {image: ubuntu-24.04}
extends:
  template: base.yml
  parameters:
    steps:
    - template: steps/publish.yml
"""
    base = """
parameters:
- {name: steps, type: stepList}
jobs:
- job: A
  pool: {vmImage: "${{ variables.image }}"}
  steps: ${{ parameters.steps }}
"""
    assert expanded(entry, {"base.yml": base, "steps/publish.yml": PUBLISH}) == {
        "trigger": "none",
        "variables": {"image": "ubuntu-24.04"},
        "jobs": [{"job": "A", "pool": {"vmImage": "ubuntu-24.04"}, "steps": [PUBLISHED]}],
    }


def test_resources_of_a_template_are_added_to_those_of_the_pipeline_that_extends_it(expanded: Expanded) -> None:
    entry = """
resources:
  repositories: [{repository: tools, type: git, name: tools}]
  pipelines: [{pipeline: train, source: train}]
extends: {template: base.yml}
"""
    base = """
trigger: none
Resources:
  Repositories: [{repository: other, type: git, name: other}]
  containers: [{container: python, image: python}]
steps: []
"""
    found = expanded(entry, {"base.yml": base})
    assert "trigger" not in found
    assert [each["repository"] for each in found["resources"]["repositories"]] == ["tools", "other"]
    assert list(found["resources"]) == ["repositories", "pipelines", "containers"]


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("trigger: [main]\nsteps: []", "base.yml:1:1: 'trigger' in a template that is extended is not supported."),
        ("variables: {c: d}\nsteps: []", "base.yml:1:1: 'variables' in a template and in the pipeline that extends it"),
        ("pool: a\nsteps: []", "base.yml:1:1: 'pool' in a template that is extended is not supported."),
        ("resources: [{repo: self}]\nsteps: []", "base.yml:1:12: resources of a template and of the pipeline"),
        ("resources: {pipelines: a}\nsteps: []", "base.yml:1:24: a sequence of pipelines is expected"),
    ],
)
def test_what_stands_in_both_is_refused(expanded: Expanded, base: str, message: str) -> None:
    entry = "variables: {a: b}\nresources: {repositories: []}\nextends: {template: base.yml}\n"
    with pytest.raises(PipelineError) as raised:
        expanded(entry, {"base.yml": base})
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("name: a", "ci.yml:1:1: one of stages, jobs, steps or extends is expected"),
        ("extends: a", "ci.yml:1:10: `template: FILE` is expected"),
        ("extends: {template: ok.yml}\nsteps: []", "ci.yml:2:1: 'steps' beside extends is not supported"),
        ("name: a\nextends: {template: named.yml}", "named.yml:1:1: 'name' in a template that is extended"),
        ("steps:\n- a", "ci.yml:2:3: a step is expected, not text"),
        ("steps: {a: b}", "ci.yml:1:8: a sequence of steps is expected, not a mapping"),
        ("trigger: ${{ variables.a }}\nsteps: []", "ci.yml:1:10: trigger cannot hold expressions"),
        ("resources:\n  pipelines: ['${{ a }}']\nsteps: []", "ci.yml:2:15: resources.pipelines cannot hold"),
        ("variables: {a: {b: c}}\nsteps: []", "ci.yml:1:16: a variable's value must be text"),
    ],
)  # fmt: skip
def test_what_no_pipeline_has_is_refused(expanded: Expanded, entry: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        expanded(entry, FILES)
    assert str(raised.value).startswith(message)
