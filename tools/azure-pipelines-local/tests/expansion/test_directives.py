"""Directives and texts with expressions: what they become, and what is refused with its place."""

from collections.abc import Callable
from typing import Any

import pytest
from azure_pipelines_local.errors import PipelineError

Expanded = Callable[..., Any]


@pytest.mark.parametrize(
    ("environment", "steps"),
    [("dev", ["a", "z"]), ("tst", ["b", "z"]), ("prd", ["c", "z"])],
    ids=lambda value: str(value),
)
def test_one_branch_of_a_chain_is_taken(expanded: Expanded, environment: str, steps: list[str]) -> None:
    entry = """
parameters:
- {name: environment, type: string, values: [dev, tst, prd]}
steps:
- ${{ if eq(parameters.environment, 'dev') }}:
  - script: a
- ${{ elseif eq(parameters.environment, 'tst') }}:
  - script: b
- ${{ else }}:
  - script: c
- script: z
"""
    found = expanded(entry, parameters={"environment": environment})
    assert [step["script"] for step in found["steps"]] == steps


def test_directives_merge_into_mappings(expanded: Expanded) -> None:
    entry = """
parameters:
- name: extra
  type: object
  default: {B: two, C: three}
steps:
- script: a
  env:
    A: one
    ${{ insert }}: ${{ parameters.extra }}
    ${{ if eq(1, 2) }}:
      D: no
    ${{ else }}:
      D: yes
    ${{ if eq(1, 1) }}:
      E: yes
    ${{ else }}:
      E: no
"""
    assert expanded(entry)["steps"][0]["env"] == {"A": "one", "B": "two", "C": "three", "D": "yes", "E": "yes"}


def test_each_wraps_the_steps_of_jobs_as_in_the_reference(expanded: Expanded) -> None:
    template = """
parameters:
- name: jobs
  type: jobList
  default: []
jobs:
- ${{ each job in parameters.jobs }}:
  - ${{ each pair in job }}:
      ${{ if ne(pair.key, 'steps') }}:
        ${{ pair.key }}: ${{ pair.value }}
    steps:
    - script: before
    - ${{ job.steps }}
    - script: after
"""
    entry = """
jobs:
- template: wrap.yml
  parameters:
    jobs:
    - job: A
      pool: {vmImage: ubuntu-24.04}
      steps: [{script: mine}]
"""
    assert expanded(entry, {"wrap.yml": template})["jobs"] == [
        {
            "job": "A",
            "pool": {"vmImage": "ubuntu-24.04"},
            "steps": [{"script": "before"}, {"task": "CmdLine@2", "inputs": {"script": "mine"}}, {"script": "after"}],
        }
    ]


def test_each_gives_keys_and_values_of_an_object(expanded: Expanded) -> None:
    entry = """
parameters:
- name: regions
  type: object
  default: {we: 1, ne: 2}
steps:
- ${{ each region in parameters.regions }}:
  - ${{ each other in split('x,y', ',') }}:
    - script: ${{ region.key }}=${{ region.value }} ${{ other }}
"""
    assert [step["script"] for step in expanded(entry)["steps"]] == ["we=1 x", "we=1 y", "ne=2 x", "ne=2 y"]


def test_each_over_nothing_gives_nothing(expanded: Expanded) -> None:
    entry = """
parameters:
- {name: options, type: object, default: {a: b}}
steps:
- ${{ each library in parameters.options.libraries }}:
  - script: install ${{ library }}
- script: z
"""
    assert expanded(entry)["steps"] == [{"script": "z"}]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("steps:\n- script: ${{ eq(1 }}", "ci.yml:2:20: ',' is expected"),
        ("steps:\n- ${{ if true }}:\n  - script: ${{ parameters.a }}", "ci.yml:3:27: the parameter 'a' is not"),
        ("steps:\n- ${{ if false }}:\n  - script: ${{ lenght('a') }}", "ci.yml:3:17: unrecognized function 'lenght'"),
        ("steps:\n- ${{ else }}:\n  - script: a", "ci.yml:2:3: else without an if"),
        ("steps:\n- ${{ if true }}: []\n- ${{ each a in variables }}: []\n- ${{ else }}: []", "ci.yml:4:3: else"),
        ("steps:\n- ${{ if true }}: []\n- ${{ else }}: []\n- script: a\n- ${{ else }}: []", "ci.yml:5:3: else"),
        ("steps:\n- ${{ if eq(1, 1) }}\n- script: a", "ci.yml:2:3: a directive is a key: a colon is expected"),
        ("steps:\n- ${{ else if true }}:\n  - script: a", "ci.yml:2:3: nothing can follow else; write elseif"),
        ("steps:\n- ${{ if(true) }}:\n  - script: a", "ci.yml:2:7: unrecognized function 'if'; write if and a blank"),
        ("steps:\n- ${{ elif true }}:\n  - script: a", "ci.yml:2:7: unrecognized value 'elif'; write elseif."),
        ("steps:\n- ${{ endif }}:\n  - script: a", "ci.yml:2:7: unrecognized value 'endif'; there is no endif"),
        ("steps:\n- ${{ each a of b }}:\n  - script: a", "ci.yml:2:3: `each NAME in EXPRESSION` is expected"),
        ("steps:\n- ${{ each eq in split('a', ',') }}:\n  - script: a", "ci.yml:2:3: the name 'eq' is taken"),
        ("steps:\n- ${{ each Variables in split('a', ',') }}:\n  - script: a", "ci.yml:2:3: the name 'Variables' is"),
        ("steps:\n- x${{ if true }}: a", "ci.yml:2:4: a directive is a key"),
        ("steps:\n- ${{ if true }}x: a", "ci.yml:2:3: nothing can be written beside a directive"),
        ("steps:\n- ${{ each a in 'b' }}:\n  - script: a", "ci.yml:2:3: each needs an array or an object"),
        ("steps:\n- ${{ if true }}: a", "ci.yml:2:19: a sequence or a mapping is expected"),
        ("steps:\n- script: a ${{ b", "ci.yml:2:13: an expression without an end"),
        ("steps:\n- script: a\n  env:\n    A: 1\n    ${{ if true }}: {a: 2}", "ci.yml:5:22: the key 'a' appears twice"),
        ("steps:\n- script: a\n  env:\n    ${{ insert }}: a", "ci.yml:4:20: a mapping is expected"),
        ("steps:\n- ${{ insert }}:\n  - script: a", "ci.yml:3:3: a mapping is expected under insert, not a sequence."),
        ("steps:\n- script: ${{ split('a', ',') }} b", "ci.yml:2:14: Array cannot be converted to String"),
        ("steps:\n- ${{ split('a', ',') }}: b", "ci.yml:2:3: a key must be text"),
        ("steps:\n- ${{ if gt(1, 'a') }}:\n  - script: b", "ci.yml:2:10: String 'a' cannot be converted to Number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(expanded: Expanded, entry: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        expanded(entry)
    assert str(raised.value).startswith(message)


def test_variables_as_a_whole_have_the_names_that_are_written(expanded: Expanded) -> None:
    entry = """
variables: {myName: a, Other.Name: b}
steps:
- ${{ each one in variables }}:
  - script: ${{ one.key }}=${{ one.value }}
- script: ${{ variables.MYNAME }}
"""
    found = expanded(entry, variables={"Build.Reason": "Manual"})
    assert [step["script"] for step in found["steps"]] == ["Build.Reason=Manual", "myName=a", "Other.Name=b", "a"]
