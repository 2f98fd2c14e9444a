"""Inside parameters of the type `object`, numbers, booleans and null keep their kind.

Sources: PGielniak/azdo-pipeline-emulator, E03-parameters/pass-object-deep, -pass-null-to-object, -legacyobject-deep,
-number-float-binding; ChristopherHX/runner.server, null-if-conditional and typedtemplates-other-types.
"""

from collections.abc import Callable
from typing import Any

import pytest

Expanded = Callable[..., Any]
ENTRY = """
parameters:
- name: o
  type: {type}
  default:
    {{n: 80, f: 0.50, half: .5, hex: 0x1F, big: 1e3, t: true, no: false, title: True, nil: null, quoted: '80', empty: }}
variables:
  found: ${{{{ {expression} }}}}
steps: []
"""


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("gt(parameters.o.n, 100)", "False"),
        ("gt(parameters.o.quoted, 100)", "True"),  # as text, "80" comes after "100"
        ("parameters.o.f", "0.5"),
        ("parameters.o.half", "0.5"),
        ("parameters.o.hex", "31"),
        ("parameters.o.big", "1000"),
        ("parameters.o.t", "True"),
        ("parameters.o.no", "False"),
        ("iif(parameters.o.no, 'taken', 'left')", "left"),
        ("parameters.o.title", "True"),
        ("eq(parameters.o.title, 'true')", "True"),
        ("convertToJson(parameters.o.title)", '"True"'),
        ("convertToJson(parameters.o.t)", "true"),
        ("convertToJson(parameters.o.n)", "80"),
        ("convertToJson(parameters.o.nil)", "null"),
        ("convertToJson(parameters.o.empty)", '""'),
        ("coalesce(parameters.o.nil, 'other')", "other"),
        ("convertToJson(parameters.o.quoted)", '"80"'),
        ("containsValue(parameters.o, 80)", "True"),
    ],
)
def test_a_value_keeps_its_kind(expanded: Expanded, expression: str, found: str) -> None:
    assert expanded(ENTRY.format(type="object", expression=expression))["variables"]["found"] == found


@pytest.mark.parametrize("text", ["false", "null", "0", "''"])
def test_what_is_false_in_an_object_is_no_reason_to_take_a_branch(expanded: Expanded, text: str) -> None:
    entry = f"""
parameters:
- {{name: jobs, type: object, default: [{{run: {text}}}]}}
steps:
- ${{{{ each job in parameters.jobs }}}}:
  - ${{{{ if job.run }}}}:
    - script: taken
"""
    assert expanded(entry)["steps"] == []


def test_a_default_of_null_is_null(expanded: Expanded) -> None:
    entry = """
parameters:
- {name: a, type: object, default: null}
steps:
- ${{ each x in parameters.a }}:
  - script: each
- ${{ if parameters.a }}:
  - script: if
"""
    assert expanded(entry)["steps"] == []


def test_a_legacy_object_has_texts_alone(expanded: Expanded) -> None:
    template = """
parameters:
- {name: o, type: legacyObject}
steps:
- script: ${{ convertToJson(parameters.o) }}
"""
    entry = "steps:\n- template: t.yml\n  parameters: {o: {n: 3, b: true, nil: null, list: [1, two]}}\n"
    text = expanded(entry, {"t.yml": template})["steps"][0]["script"]
    assert " ".join(text.split()) == '{ "n": "3", "b": "true", "nil": "", "list": [ "1", "two" ] }'


def test_a_template_of_the_old_form_gets_texts(expanded: Expanded) -> None:
    template = "parameters: {known: false}\nsteps:\n- script: ${{ convertToJson(parameters) }}\n"
    entry = "steps:\n- template: t.yml\n  parameters: {other: 1}\n"
    text = expanded(entry, {"t.yml": template})["steps"][0]["script"]
    assert " ".join(text.split()) == '{ "other": "1", "known": "false" }'


def test_what_is_inserted_whole_stays_as_it_is_written(expanded: Expanded) -> None:
    entry = """
parameters:
- {name: o, type: object, default: {A: 1.0, B: true, C: 007}}
steps:
- script: a
  env: ${{ parameters.o }}
"""
    assert expanded(entry)["steps"][0]["env"] == {"A": "1.0", "B": "true", "C": "007"}


@pytest.mark.parametrize(("given", "found"), [("1.0", "1.0"), ("007", "007"), ("True", "True"), ("true", "true")])
def test_a_string_is_what_is_written(expanded: Expanded, given: str, found: str) -> None:
    entry = f"parameters:\n- {{name: p, type: string, default: {given}}}\nsteps:\n- script: ${{{{ parameters.p }}}}\n"
    assert expanded(entry)["steps"] == [{"script": found}]


def test_an_object_on_the_command_line_keeps_its_kinds(expanded: Expanded) -> None:
    entry = "parameters:\n- {name: o, type: object}\nsteps:\n- script: ${{ gt(parameters.o.port, 100) }}\n"
    assert expanded(entry, parameters={"o": "{port: 80}"})["steps"] == [{"script": "False"}]


PASSED = """
parameters:
- {name: o, type: object, default: {run: false, n: 80, nil: null, s: '80'}}
steps:
- template: t.yml
  parameters: {given: GIVEN}
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("'${{ parameters.o.run }}'", "false"),
        ("'${{ parameters.o.n }}'", "80"),
        ("'${{ parameters.o.s }}'", '"80"'),
        ("'${{ parameters.o.nil }}'", "null"),
        ("'${{ eq(1, 2) }}'", "false"),
        ("{run: '${{ parameters.o.run }}'}", '{ "run": false }'),
        ("['${{ parameters.o.n }}', '${{ parameters.o.s }}']", '[ 80, "80" ]'),
        ("'${{ parameters.o.run }} '", '"False "'),
    ],
)
def test_what_an_expression_gives_an_object_keeps_its_kind(expanded: Expanded, given: str, found: str) -> None:
    template = "parameters:\n- {name: given, type: object}\nsteps:\n- script: ${{ convertToJson(parameters.given) }}\n"
    text = expanded(PASSED.replace("GIVEN", given), {"t.yml": template})["steps"][0]["script"]
    assert " ".join(text.split()) == found


def test_a_pair_of_each_keeps_the_kind_of_its_value(expanded: Expanded) -> None:
    entry = PASSED.partition("- template")[0] + (
        "- ${{ each pair in parameters.o }}:\n  - template: t.yml\n    parameters: {pair: '${{ pair }}'}\n"
    )
    template = (
        "parameters:\n- {name: pair, type: object}\nsteps:\n"
        "- ${{ if parameters.pair.value }}:\n  - script: ${{ parameters.pair.key }}\n"
    )
    assert expanded(entry, {"t.yml": template})["steps"] == [{"script": "n"}, {"script": "s"}]


def test_the_old_form_of_templates_gets_the_text_of_what_an_expression_gives(expanded: Expanded) -> None:
    template = "parameters: {given: ''}\nsteps:\n- script: ${{ convertToJson(parameters.given) }}\n"
    entry = PASSED.replace("GIVEN", "'${{ parameters.o.run }}'")
    assert expanded(entry, {"t.yml": template})["steps"] == [{"script": '"False"'}]
