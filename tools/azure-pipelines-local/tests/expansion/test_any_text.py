"""Whatever stands in a pipeline, its templates and its parameters: it is expanded or refused with its place."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("unmeasured")
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


def values(*texts: str) -> st.SearchStrategy[str]:
    """YAML in one line, with the texts in it."""
    return st.recursive(
        st.sampled_from(texts),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | st.dictionaries(st.sampled_from(["a", "b", "p", "script"]), inner, max_size=3).map(
                lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
            )
        ),
        max_leaves=5,
    )


PLAIN = values("a", "''", "1", "true", "'$[ a ]'", "null")
VALUES = values("a", "'${{ parameters.p }}'", "'x${{ parameters.q.b }}'", "'${{ parameters.q }}'")
TYPES = st.sampled_from(["object", "object", "string", "number", "boolean", "step", "stepList", "pool"])
LINES = st.lists(
    st.sampled_from(
        [
            "- ${{ each x in parameters.p }}:\n  - script: ${{ x }}",
            "- ${{ if parameters.p }}:\n  - script: ${{ parameters.p }}",
            "- ${{ parameters.p }}",
            "- template: b.yml\n  parameters: {p: '${{ parameters.p }}'}",
            "- template: b.yml\n  parameters:\n    ${{ insert }}: ${{ parameters.p }}",
            "- ${{ insert }}: ${{ parameters.p }}",
            "- script: a${{ length(parameters.p) }}",
        ]
    ),
    max_size=3,
)


@given(TYPES, PLAIN, VALUES, LINES, LINES, st.dictionaries(st.sampled_from(["p", "P", "q"]), PLAIN, max_size=2))
def test_any_parameters_and_templates_are_expanded_or_give_a_pipeline_error(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    default: str,
    passed: str,
    outer: list[str],
    inner: list[str],
    given_: Mapping[str, str],
) -> None:
    folder = tmp_path_factory.getbasetemp()
    declared = (
        f"parameters:\n- {{name: p, type: {kind}, default: {default}}}\n- {{name: q, type: object, default: {{}}}}\n"
    )
    entry = "\n".join([declared + "steps:", *outer, f"- template: a.yml\n  parameters: {{p: {passed}}}"])
    template = "\n".join([declared + "steps:", "- script: z", *inner])
    for name, text in {"ci.yml": entry, "a.yml": template, "b.yml": "parameters: {p: []}\nsteps: []\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    with suppress(PipelineError):
        expand(folder, "ci.yml", parameters=given_)
