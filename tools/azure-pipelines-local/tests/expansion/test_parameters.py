"""Parameters: their values, and what is refused with its place."""

from collections.abc import Callable
from typing import Any

import pytest
from azure_pipelines_local.errors import PipelineError

Expanded = Callable[..., Any]


def test_parameters_with_structure_are_given_as_yaml(expanded: Expanded) -> None:
    steps = "steps:\n- ${{ each n in parameters.names }}:\n  - script: ${{ n }}\n"
    entry = "parameters:\n- {name: names, type: object}\n" + steps
    assert expanded(entry, parameters={"NAMES": "[a, b]"})["steps"] == [{"script": "a"}, {"script": "b"}]


def test_a_template_in_the_old_form_takes_any_value(expanded: Expanded) -> None:
    template = "parameters:\n  a: []\n  b: x\nsteps:\n- ${{ parameters.a }}\n- script: ${{ parameters.b }}\n"
    entry = "steps:\n- template: old.yml\n  parameters:\n    a: [{script: y}]\n"
    assert expanded(entry, {"old.yml": template})["steps"] == [{"script": "y"}, {"script": "x"}]


@pytest.mark.parametrize("text", ["", "# nothing"])
def test_a_parameter_with_structure_is_not_empty(expanded: Expanded, text: str) -> None:
    message = r"^--parameter a:1:1: it is empty; YAML for the type object is expected\.$"
    with pytest.raises(PipelineError, match=message):
        expanded(TYPED.format(type="object"), parameters={"a": text})


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
    with pytest.raises(PipelineError, match=r"^--parameter a(:1:\d+)?: the parameter 'a' " + message):
        expanded(TYPED.format(type=kind), parameters={"a": text})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("parameters: {a: 1}\nsteps: []", "ci.yml:1:13: a sequence of parameters is expected"),
        ("parameters:\n- a\nsteps: []", "ci.yml:2:3: `name: …` of a parameter is expected"),
        ("parameters:\n- {name: a, typ: b}\nsteps: []", "ci.yml:2:13: unknown key 'typ' of a parameter"),
        ("parameters:\n- {type: string}\nsteps: []", "ci.yml:2:3: a parameter needs a name"),
        ("parameters:\n- {name: a, type: stringlist}\nsteps: []", "ci.yml:2:19: 'stringlist' is not a supported type"),
        ("parameters:\n- {name: a, values: b}\nsteps: []", "ci.yml:2:21: `values` must be a sequence, not text."),
        ("parameters:\n- {name: a, type: legacyObject}\nsteps: []", "ci.yml:2:19: 'legacyObject' is a type of"),
        ("parameters:\n- {name: a, default: b, values: [c]}\nsteps: []", "ci.yml:2:22: the parameter 'a' is 'b'"),
        ("parameters:\n- {name: a, default: [b]}\nsteps: []", "ci.yml:2:22: the parameter 'a' must be a string"),
        ("parameters:\n- {name: a, default: b}\n- {name: A}\nsteps: []", "ci.yml:3:10: the parameter 'A' is"),
        ("parameters:\n- {name: a}\nsteps: []", "ci.yml:1:1: a value for the parameter 'a' is missing"),
    ],
)  # fmt: skip
def test_a_declaration_that_is_wrong_is_refused(expanded: Expanded, entry: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        expanded(entry)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("declared", ["parameters:\n  known: 1\n", ""], ids=["old form", "none"])
def test_a_template_without_typed_parameters_takes_others_too(expanded: Expanded, declared: str) -> None:
    template = declared + "steps:\n- script: ${{ parameters.Other }} ${{ parameters.missing }}|\n"
    entry = "steps:\n- template: a.yml\n  parameters: {other: 2}\n"
    assert expanded(entry, {"a.yml": template})["steps"] == [{"script": "2 |"}]


def test_a_template_passes_on_what_it_does_not_know(expanded: Expanded) -> None:
    outer = """
steps:
- template: inner.yml
  parameters:
    ${{ each parameter in parameters }}:
      ${{ parameter.key }}: ${{ parameter.value }}
"""
    inner = "parameters:\n- {name: verb, type: string}\nsteps:\n- script: invoke ${{ parameters.verb }}\n"
    entry = "steps:\n- template: outer.yml\n  parameters: {verb: lint}\n"
    assert expanded(entry, {"outer.yml": outer, "inner.yml": inner})["steps"] == [{"script": "invoke lint"}]


def test_a_default_is_looked_at_when_it_is_used(expanded: Expanded) -> None:
    template = "parameters:\n- {name: after, type: string, default: []}\nsteps:\n- script: ${{ parameters.after }}\n"
    entry = "steps:\n- template: a.yml\n"
    assert expanded(entry + "  parameters: {after: b}\n", {"a.yml": template})["steps"] == [{"script": "b"}]
    with pytest.raises(PipelineError, match=r"^a\.yml:2:40: the parameter 'after' must be a string, and is a sequence"):
        expanded(entry, {"a.yml": template})


@pytest.mark.parametrize("kind", ["environment", "filePath", "pool", "secureFile", "serviceConnection"])
def test_what_azure_devops_would_offer_to_choose_is_a_name(expanded: Expanded, kind: str) -> None:
    entry = f"parameters:\n- {{name: a, type: {kind}}}\nsteps:\n- script: ${{{{ parameters.a }}}}\n"
    assert expanded(entry, parameters={"a": "b"})["steps"] == [{"script": "b"}]


def test_an_escaped_expression_is_not_expanded_again(expanded: Expanded) -> None:
    steps = "parameters:\n- {name: text, type: string}\nsteps:\n- script: ${{ parameters.text }}\n"
    entry = "steps:\n- template: steps.yml\n  parameters:\n    text: ${{ 'a ${{ b }} ''c''' }}\n"
    assert expanded(entry, {"steps.yml": steps})["steps"] == [{"script": "a ${{ b }} 'c'"}]


def test_case_counts_in_objects_but_not_in_the_names_of_parameters(expanded: Expanded) -> None:
    entry = """
parameters:
- {name: data, type: object, default: {Region: we}}
steps:
- script: ${{ parameters.DATA.Region }}|${{ parameters.data.region }}|${{ parameters.data['Region'] }}
"""
    assert expanded(entry)["steps"] == [{"script": "we||we"}]
