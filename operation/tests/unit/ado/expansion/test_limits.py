"""Limits: what is deep, large or written at random takes little time and gives no traceback."""

import inspect
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operation.ado.errors import PipelineError
from operation.ado.pipelines import expand

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
