"""Expansion: what pipelines become, and what is refused with its place."""

import inspect
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operation.ado.errors import PipelineError
from operation.ado.nodes import Mapping, Sequence, plain
from operation.ado.pipelines import expand

Expanded = Callable[..., Any]

JOB = """
parameters:
- name: name
  type: string
- name: timeout
  type: number
  default: 30
- name: publish
  type: boolean
  default: true
- name: before
  type: stepList
  default: []
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


@pytest.fixture
def expanded(tmp_path: Path) -> Expanded:
    def run(entry: str, files: dict[str, str] | None = None, **options: Any) -> Any:
        for name, text in {"ci.yml": entry, **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return plain(expand(tmp_path, "ci.yml", **options))

    return run


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
                    {"script": "invoke setup"},
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
            "steps": [{"script": "before"}, {"script": "mine"}, {"script": "after"}],
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
        "jobs": [{"job": "A", "pool": {"vmImage": "ubuntu-24.04"}, "steps": [{"publish": "outputs"}]}],
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


def test_what_is_no_reference_to_a_template_stays_data(expanded: Expanded) -> None:
    step = {"task": "Example@1", "inputs": {"steps": [{"template": "arm.json"}]}}
    entry = "steps:\n- task: Example@1\n  inputs:\n    steps: [{template: arm.json}]\n"
    assert expanded(entry)["steps"] == [step]


def test_an_escaped_expression_is_not_expanded_again(expanded: Expanded) -> None:
    steps = "parameters:\n- {name: text, type: string}\nsteps:\n- script: ${{ parameters.text }}\n"
    entry = "steps:\n- template: steps.yml\n  parameters:\n    text: ${{ 'a ${{ b }} ''c''' }}\n"
    assert expanded(entry, {"steps.yml": steps})["steps"] == [{"script": "a ${{ b }} 'c'"}]


def test_another_repository_needs_a_folder(expanded: Expanded, tmp_path: Path) -> None:
    entry = """
resources:
  repositories: [{repository: tools, type: git, name: tools}]
steps:
- template: steps/a.yml@tools
"""
    other = {"other/steps/a.yml": "steps:\n- template: b.yml\n", "other/steps/b.yml": PUBLISH}
    with pytest.raises(PipelineError, match=r"^ci\.yml:5:13: templates of the repository 'tools' are not supported"):
        expanded(entry)
    assert expanded(entry, other, folders={"tools": tmp_path / "other"})["steps"] == [{"publish": "outputs"}]


def test_parameters_with_structure_are_given_as_yaml(expanded: Expanded) -> None:
    steps = "steps:\n- ${{ each n in parameters.names }}:\n  - script: ${{ n }}\n"
    entry = "parameters:\n- {name: names, type: object}\n" + steps
    assert expanded(entry, parameters={"NAMES": "[a, b]"})["steps"] == [{"script": "a"}, {"script": "b"}]


def test_what_is_expanded_knows_where_it_came_from(expanded: Expanded, tmp_path: Path) -> None:
    expanded("steps:\n- template: a.yml\n", {"a.yml": "steps:\n- script: a\n"})
    steps = expand(tmp_path, "ci.yml").find("steps")
    assert isinstance(steps, Sequence)
    assert isinstance(steps.nodes[0], Mapping)
    assert str(steps.nodes[0].place) == "a.yml:2:3"


TYPED = "parameters:\n- {{name: a, type: {type}}}\nsteps: []\n"


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("boolean", "apples", "must be true or false, and is 'apples'"),
        ("number", "one", "must be a number, and is 'one'"),
        ("number", "", "must be a number, and is ''"),
        ("stepList", "{a: b}", "must be a stepList, and is a mapping"),
        ("jobList", "[a]", "must be a jobList, and has text in it"),
        ("stage", "[a]", "must be a stage, and is a sequence"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(expanded: Expanded, kind: str, text: str, message: str) -> None:
    with pytest.raises(PipelineError, match=r"^parameter a:1:\d+: the parameter 'a' " + message):
        expanded(TYPED.format(type=kind), parameters={"a": text})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("steps:\n- script: ${{ eq(1 }}", "ci.yml:2:20: ',' is expected"),
        ("steps:\n- ${{ if false }}:\n  - script: ${{ parameters.a }}", "ci.yml:3:17: the parameter 'a' is not"),
        ("steps:\n- ${{ if false }}:\n  - script: ${{ lenght('a') }}", "ci.yml:3:17: unrecognized function 'lenght'"),
        ("steps:\n- ${{ else }}:\n  - script: a", "ci.yml:2:3: else without an if"),
        ("steps:\n- ${{ if true }}:\n  - script: a\n- script: b\n- ${{ else }}:\n  - script: c", "ci.yml:5:3: else"),
        ("steps:\n- ${{ if eq(1, 1) }}\n- script: a", "ci.yml:2:3: a directive is a key: a colon is expected"),
        ("steps:\n- ${{ else if true }}:\n  - script: a", "ci.yml:2:3: nothing can follow else"),
        ("steps:\n- ${{ each a of b }}:\n  - script: a", "ci.yml:2:3: `each NAME in EXPRESSION` is expected"),
        ("steps:\n- x${{ if true }}: a", "ci.yml:2:4: a directive is a key"),
        ("steps:\n- ${{ if true }}x: a", "ci.yml:2:3: nothing can stand beside a directive"),
        ("steps:\n- ${{ each a in 'b' }}:\n  - script: a", "ci.yml:2:3: each needs an array or an object"),
        ("steps:\n- ${{ if true }}: a", "ci.yml:2:19: a sequence or a mapping is expected"),
        ("steps:\n- script: a ${{ b", "ci.yml:2:13: an expression that does not end"),
        ("steps:\n- script: a\n  env:\n    A: 1\n    ${{ if true }}: {a: 2}", "ci.yml:5:22: the key 'a' stands twice"),
        ("steps:\n- script: a\n  env:\n    ${{ insert }}: a", "ci.yml:4:20: a mapping is expected"),
        ("steps:\n- script: ${{ split('a', ',') }} b", "ci.yml:2:14: Array cannot be converted to String"),
        ("steps:\n- ${{ split('a', ',') }}: b", "ci.yml:2:3: a key must be text"),
        ("steps:\n- a", "ci.yml:2:3: a step is expected, and this is text"),
        ("steps: {a: b}", "ci.yml:1:8: a sequence of steps is expected, and this is a mapping"),
        ("steps:\n- template: none.yml", "ci.yml:2:13: the template none.yml does not exist"),
        ("steps:\n- template: ../none.yml", "ci.yml:2:13: the template '../none.yml' is not within its repository"),
        ("steps:\n- template: a.yml@tools", "ci.yml:2:13: the repository 'tools' is not declared; declared: self"),
        ("steps:\n- template: [a]", "ci.yml:2:3: `template: FILE` is expected"),
        ("steps:\n- template: ok.yml\n  condition: always()", "ci.yml:3:3: 'condition' cannot stand beside"),
        ("steps:\n- template: ok.yml\n  parameters: {b: 1}", "ci.yml:3:16: unexpected parameter 'b'; declared: a"),
        ("steps:\n- template: ok.yml\n  parameters: b", "ci.yml:3:15: a mapping of parameters is expected"),
        ("steps:\n- template: typed.yml", "ci.yml:2:3: a value for the parameter 'a' is missing"),
        ("jobs:\n- template: ok.yml", "ok.yml:3:1: a template of jobs has `parameters` and `jobs`, and no `steps`"),
        ("steps:\n- template: list.yml", "list.yml:1:1: a mapping is expected, and this is a sequence"),
        ("steps:\n- template: loop.yml", "loop.yml:2:13: templates that include one another without end: loop.yml -> "),
        ("trigger: ${{ variables.a }}\nsteps: []", "ci.yml:1:10: trigger takes no expressions"),
        ("resources:\n  pipelines: ['${{ a }}']\nsteps: []", "ci.yml:2:15: resources.pipelines takes no expressions"),
        ("name: a", "ci.yml:1:1: one of stages, jobs, steps or extends is expected"),
        ("extends: a", "ci.yml:1:10: `template: FILE` is expected"),
        ("extends: {template: ok.yml}\nsteps: []", "ci.yml:2:1: 'steps' beside extends is not supported"),
        ("name: a\nextends: {template: named.yml}", "named.yml:1:1: 'name' in a template that is extended"),
        ("variables: {a: {b: c}}\nsteps: []", "ci.yml:1:16: a variable's value is text"),
        ("parameters: {a: 1}\nsteps: []", "ci.yml:1:13: a sequence of parameters is expected"),
        ("parameters:\n- a\nsteps: []", "ci.yml:2:3: `name: …` of a parameter is expected"),
        ("parameters:\n- {name: a, typ: b}\nsteps: []", "ci.yml:2:13: unknown key 'typ' of a parameter"),
        ("parameters:\n- {type: string}\nsteps: []", "ci.yml:2:3: a parameter needs a name"),
        ("parameters:\n- {name: a, type: pool}\nsteps: []", "ci.yml:2:19: 'pool' is no supported type"),
        ("parameters:\n- {name: a, type: object, values: [b]}\nsteps: []", "ci.yml:2:35: `values` is a sequence"),
        ("parameters:\n- {name: a, default: b, values: [c]}\nsteps: []", "ci.yml:2:22: the parameter 'a' is 'b'"),
        ("parameters:\n- {name: a, default: [b]}\nsteps: []", "ci.yml:2:22: the parameter 'a' must be a string"),
        ("parameters:\n- {name: a, default: b}\n- {name: A}\nsteps: []", "ci.yml:3:10: the parameter 'A' is"),
        ("steps:\n- ${{ if gt(1, 'a') }}:\n  - script: b", "ci.yml:2:10: String 'a' cannot be converted to Number"),
        ("steps:\n- template: jobs.yml", "ci.yml:2:13: the template jobs.yml has no `steps`"),
        ("parameters:\n- {name: a}\nsteps: []", "ci.yml:1:1: a value for the parameter 'a' is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_or_not_supported_is_refused(expanded: Expanded, entry: str, message: str) -> None:
    files = {
        "ok.yml": "parameters:\n- {name: a, default: ''}\nsteps: []\n",
        "typed.yml": "parameters:\n- {name: a, type: number}\nsteps: []\n",
        "named.yml": "name: a\nsteps: []\n",
        "list.yml": "- a",
        "jobs.yml": "parameters: []",
        "loop.yml": "steps:\n- template: loop.yml\n",
    }
    with pytest.raises(PipelineError) as raised:
        expanded(entry, files)
    assert str(raised.value).startswith(message)


def test_a_template_in_the_old_form_takes_any_value(expanded: Expanded) -> None:
    template = "parameters:\n  a: []\n  b: x\nsteps:\n- ${{ parameters.a }}\n- script: ${{ parameters.b }}\n"
    entry = "steps:\n- template: old.yml\n  parameters:\n    a: [{script: y}]\n"
    assert expanded(entry, {"old.yml": template})["steps"] == [{"script": "y"}, {"script": "x"}]


@pytest.mark.parametrize(
    "step",
    [
        "${{ each a in parameters.p }}:\n  - ${{ each b in parameters.p }}:\n    - ${{ each c in parameters.p }}: []",
        "${{ each a in parameters.p }}:\n  - ${{ each b in parameters.p }}:\n    - x: ${{ parameters.p }}",
    ],
    ids=["rounds", "values"],
)
def test_a_pipeline_cannot_grow_without_end(expanded: Expanded, step: str) -> None:
    entry = f"parameters:\n- name: p\n  type: object\n  default: [{', '.join(['x'] * 200)}]\nsteps:\n- {step}\n"
    with pytest.raises(PipelineError, match="the expanded pipeline has more than 100,000 values"):
        expanded(entry)


def test_a_pipeline_nested_as_deeply_as_a_document_may_be_is_expanded(expanded: Expanded) -> None:
    deep = "[" * 97 + "'${{ 1 }}'" + "]" * 97
    assert str(expanded(f"steps:\n- x: {deep}\n")).count("[") == 98


def test_parameters_cannot_be_wrapped_without_end(expanded: Expanded) -> None:
    wrapped = "[" * 60 + "'${{ parameters.p }}'" + "]" * 60
    declared = "parameters:\n- {name: p, type: object, default: []}\n"
    include = "steps:\n- template: %s.yml\n  parameters: {p: %s}\n"
    files = {f"{here}.yml": declared + include % (there, wrapped) for here, there in [("a", "b"), ("b", "c")]}
    with pytest.raises(PipelineError, match=r"^b\.yml:5:\d+: more than 100 mappings and sequences"):
        expanded(declared + include % ("a", wrapped), {**files, "c.yml": declared + "steps: []"})


def test_templates_cannot_be_nested_without_end(expanded: Expanded) -> None:
    files = {f"{number}.yml": f"steps:\n- template: {number + 1}.yml\n" for number in range(25)}
    with pytest.raises(PipelineError, match=r"^19\.yml:2:13: more than 20 templates inside one another"):
        expanded("steps:\n- template: 0.yml\n", files)


def test_a_pipeline_has_at_most_a_hundred_files(expanded: Expanded) -> None:
    files = {f"{number}.yml": "steps: []\n" for number in range(101)}
    entry = "steps:\n" + "".join(f"- template: {name}\n" for name in files)
    with pytest.raises(PipelineError, match=r"^ci\.yml:101:13: more than 100 files in one pipeline"):
        expanded(entry, files)


def test_whoever_calls_from_far_below_gets_no_traceback(expanded: Expanded) -> None:
    expanded("steps: []")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        with pytest.raises(PipelineError, match=r"^ci\.yml:1:1: it is nested too deeply"):
            expanded("steps:\n- x: " + "[" * 90 + "]" * 90)
    finally:
        sys.setrecursionlimit(limit)


def test_a_large_mapping_takes_no_long_time(expanded: Expanded) -> None:
    pairs = "".join(f"    a{number}: b\n" for number in range(20_000))
    started = time.process_time()
    assert len(expanded(f"steps:\n- script: a\n  env:\n{pairs}")["steps"][0]["env"]) == 20_000
    assert time.process_time() - started < 5  # comparing every key with every other takes longer


WORDS = [
    "${{",
    "}}",
    " if ",
    " else ",
    "each a in ",
    "insert",
    "parameters.p",
    "eq(1, 1)",
    ":",
    "\n- ",
    "\n  ",
    "[a]",
    "'",
]


@given(st.lists(st.sampled_from([*WORDS, "steps", "template: ci.yml", "variables.x", "- "]), max_size=20).map("".join))
def test_any_text_is_expanded_or_gives_a_pipeline_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    declared = "parameters:\n- {name: p, type: object, default: [a, {b: c}]}\n"
    (folder / "ci.yml").write_text(f"{declared}steps:\n- {text}", encoding="utf-8")
    with suppress(PipelineError):
        expand(folder, "ci.yml")
