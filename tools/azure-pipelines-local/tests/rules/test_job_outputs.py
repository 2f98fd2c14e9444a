"""Results and outputs of other jobs and stages, where they can be read."""

import pytest
from azure_pipelines_local.rules.runtime_expressions import bad_conditions, bad_expressions, bad_outputs_read
from rules.small import findings

PIPELINE = """
variables: {whole: "PIPELINE"}
stages:
- stage: build
  jobs: [{job: b, steps: [{script: invoke lint, name: out}]}]
- stage: mid
  jobs: [{job: m, steps: [{script: invoke lint, name: mo}]}]
- stage: last
  dependsOn: build
  condition: CONDITION
  variables: {own: yes, staged: "STAGE"}
  jobs:
  - job: k
    steps: [{script: invoke lint, name: ko}]
  - job: l
    dependsOn: k
    condition: OFJOB
    variables: {v: "VALUE"}
    steps: [{script: invoke lint}]
"""


def found(**texts: str) -> list[str]:
    """What is said of the pipeline with these in place of its words; elsewhere it has nothing to be said of."""
    text = PIPELINE
    for word in ("PIPELINE", "CONDITION", "STAGE", "OFJOB", "VALUE"):
        text = text.replace(word, texts.get(word.lower(), "succeeded()" if word in ("CONDITION", "OFJOB") else "1"))
    return [*findings(bad_conditions, text), *findings(bad_expressions, text)]


FAULTS = [
    ("value", "$[ dependencies.kk.outputs['ko.x'] ]", "the job 'l' does not depend on 'kk', which is read"),
    ("value", "$[ stageDependencies.mid.m.outputs['mo.x'] ]", "add 'mid' to its `dependsOn`."),
    (
        "value",
        "$[ stageDependencies.build.b.outputs['out'] ]",
        "'out' is not an output of the job 'b'; outputs['STEP.VARI",
    ),
    ("value", "$[ stageDependencies.build.b.outputs['b.out.x'] ]", "no step with the name 'b'; known: out."),
    ("value", "$[ dependencies.build.outputs['b.out.x'] ]", "'build' is a stage; write stageDependencies.build.JOB"),
    ("value", "pre-$[variables.own]", "$[ ] in a longer text stays as it is; make it the whole value"),
    (
        "condition",
        "and(succeeded(), eq(stageDependencies.build.b.outputs['out.x'], 1))",
        "cannot read stageDependencies; write dependencies.build.outputs['JOB.STEP.VARIABLE'].",
    ),
    (
        "condition",
        "and(succeeded(), eq(dependencies.build.outputs['out.x'], 1))",
        "'out.x' is not an output of a stage; outputs['JOB.STEP.VARIABLE'] is expected.",
    ),
    ("condition", "and(succeeded(), eq(variables.v, 1))", "the variable 'v' is not defined here, and so it is empty"),
    ("ofjob", "eq(dependencies.k.result, 'Success')", "'Success' is not a result; did you mean 'Succeeded'?"),
    ("ofjob", "in(dependencies.k.result, 'Succeeded', 'Cancelled')", "'Cancelled' is not a result; did you mean"),
    ("ofjob", "eq(dependencies.k.result, 1)", "'1' is not a result; known: Succeeded, SucceededWithIssues, Skipped"),
    ("ofjob", "eq(variables.own, 1)", "this job runs even if what is before it fails"),
]


@pytest.mark.parametrize(("place", "text", "message"), FAULTS)
def test_what_azure_devops_would_read_as_nothing_is_reported(place: str, text: str, message: str) -> None:
    (finding,) = found(**{place: text})
    assert message in finding


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("value", "$[ stageDependencies.build.b.outputs['out.x'] ]"),
        ("value", "$[ dependencies.k.outputs['ko.x'] ]"),
        ("value", "a $ [x]"),
        ("stage", "$[ stageDependencies.build.b.outputs['out.x'] ]"),
        ("condition", "and(succeeded(), eq(dependencies.build.outputs['b.out.x'], 1))"),
        ("condition", "and(succeeded(), eq(variables.own, 1), eq(variables.whole, 1))"),
        ("condition", "in(dependencies.build.result, 'Succeeded', 'Skipped')"),
        ("ofjob", "in(dependencies.k.result, 'Succeeded', 'SucceededWithIssues', 'Skipped')"),
        ("ofjob", "eq(in(dependencies.k.result, 'failed'), 'True')"),
        ("ofjob", "and(succeeded(), eq(stageDependencies.build.b.outputs['out.x'], 1))"),
    ],
)
def test_what_azure_devops_can_read_passes(place: str, text: str) -> None:
    assert found(**{place: text}) == []


@pytest.mark.parametrize(("output", "count"), [("one.s.x", 0), ("s.x", 1)])
def test_outputs_of_a_matrix_begin_with_the_leg(output: str, count: int) -> None:
    text = "jobs:\n- job: A\n  strategy: {matrix: {one: {a: 1}}}\n  steps: [{script: invoke lint, name: s}]\n"
    text += f"- job: B\n  dependsOn: A\n  variables: {{v: \"$[ dependencies.A.outputs['{output}'] ]\"}}\n"
    assert len(findings(bad_outputs_read, f"{text}  steps: [{{script: invoke lint}}]\n")) == count
