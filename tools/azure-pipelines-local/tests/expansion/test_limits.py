"""Limits: what is deep or large takes little time and gives no traceback."""

import inspect
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion import budget

pytestmark = pytest.mark.usefixtures("unmeasured")
Expanded = Callable[..., Any]


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
    with pytest.raises(PipelineError, match=r"^b\.yml:5:\d+: more than 100 nested mappings and sequences"):
        expanded(declared + include % ("a", wrapped), {**files, "c.yml": declared + "steps: []"})


@pytest.mark.parametrize("count", [60, 99])
def test_templates_can_be_nested_as_the_reference_says(count: int, expanded: Expanded) -> None:
    """Up to 100 levels, says the page on templates; it was 20 before."""
    files = {f"{number}.yml": f"steps:\n- template: {number + 1}.yml\n" for number in range(count - 1)}
    files[f"{count - 1}.yml"] = "steps: [{script: last}]\n"
    assert expanded("steps:\n- template: 0.yml\n", files)["steps"] == [{"script": "last"}]


def test_templates_cannot_be_nested_without_end(expanded: Expanded) -> None:
    files = {f"{number}.yml": f"steps:\n- template: {number + 1}.yml\n" for number in range(105)}
    with pytest.raises(PipelineError, match=r"^98\.yml:2:13: more than 100 files in one pipeline"):
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


LARGE = f"parameters:\n- {{name: p, type: object, default: [{', '.join(['x'] * 4_000)}]}}\n"


@pytest.mark.parametrize(
    "costly",
    [
        "containsValue(parameters.p, 'y')",
        "eq(join('', parameters.p), '')",
        "eq(convertToJson(parameters.p), '')",
        "parameters.p.*",
        "parameters.p.*.y",
    ],
)
def test_expressions_cannot_work_without_end(expanded: Expanded, costly: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAXIMUM_WORK", 100_000)  # a tenth: what is counted, not how much of it
    entry = LARGE + f"steps:\n- ${{{{ each x in parameters.p }}}}:\n  - ${{{{ if and({costly}, false) }}}}: []\n"
    started = time.process_time()
    with pytest.raises(PipelineError, match=r"^ci\.yml:5:\d+: all expressions together work through more than 100,000"):
        expanded(entry)
    assert time.process_time() - started < 10  # all 4,000 rounds take longer


def test_looking_a_property_up_takes_no_longer_in_a_large_object(expanded: Expanded) -> None:
    pairs = ", ".join(f"a{number}: b" for number in range(20_000))
    entry = f"parameters:\n- {{name: p, type: object, default: {{{pairs}}}}}\nsteps:\n"
    entry += "- ${{ each pair in parameters.p }}:\n  - ${{ if parameters.p.none }}: []\n- script: z\n"
    started = time.process_time()
    assert expanded(entry)["steps"] == [{"script": "z"}]
    assert time.process_time() - started < 10  # comparing with all keys each time takes minutes


@pytest.mark.parametrize("kind", ["string", "object"])
def test_a_parameter_of_ten_megabytes_is_refused(expanded: Expanded, kind: str) -> None:
    entry = f"parameters:\n- {{name: p, type: {kind}}}\nsteps: []\n"
    with pytest.raises(PipelineError, match=r"^--parameter p: it has 10,000,000 bytes; at most 1,048,576 are allowed"):
        expanded(entry, parameters={"p": "x" * 10_000_000})


def test_the_name_of_a_template_can_be_too_long_for_a_file(expanded: Expanded) -> None:
    with pytest.raises(PipelineError, match=r"^ci\.yml:2:13: the template aaa.* does not exist"):
        expanded(f"steps:\n- template: {'a' * 5000}\n")
