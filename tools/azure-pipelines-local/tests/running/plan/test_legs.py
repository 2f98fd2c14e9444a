"""Legs of a job: of a matrix, and the hooks of a deployment."""

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import read
from azure_pipelines_local.running.machine.runtime_variables import Variables
from azure_pipelines_local.running.plan.legs import compute_matrix
from running.conftest import Execute


def test_each_leg_of_a_matrix_is_a_job_with_its_variables(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {matrix: {one: {n: 1}, two: {n: 2}}}
  steps: [{checkout: none}, {script: echo n is $(n)}]
"""
    )
    assert "\nn is 1\n" in ran.log("__default.a.one", 2)
    assert "\nn is 2\n" in ran.log("__default.a.two", 2)


def test_a_leg_and_a_copy_have_names_of_their_own(execute: Execute) -> None:
    """E04-strategy of PGielniak/azdo-pipeline-emulator."""
    say = "steps: [{checkout: none}, {bash: 'echo $(System.JobName)/$(System.JobDisplayName)/$(Agent.JobName)'}]"
    ran = execute(
        f"jobs: [{{job: Build, strategy: {{matrix: {{Beta: {{n: 1}}}}}}, {say}}}, "
        f"{{job: Slice, strategy: {{parallel: 2}}, {say}}}]\n"
    )
    assert ran.log("__default.Build.Beta", 2).endswith("\nBeta/Build Beta/Build Beta\n")
    assert ran.log("__default.Slice.2", 2).endswith("/Slice 2/Slice 2\n")


def test_a_leg_may_have_the_name_of_a_hook(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {matrix: {on.tests: {n: 1}, on.failure: {n: 2}}}
  steps: [{checkout: none}, {script: echo n is $(n)}]
"""
    )
    assert "\nn is 1\n" in ran.log("__default.a.on.tests", 2)
    assert "\nn is 2\n" in ran.log("__default.a.on.failure", 2)


def test_a_job_can_run_in_several_copies(execute: Execute) -> None:
    ran = execute(
        """
jobs:
- job: a
  strategy: {parallel: 2}
  steps: [{checkout: none}, {script: echo $(System.JobPositionInPhase) of $(System.TotalJobsInPhase)}]
"""
    )
    assert "\n2 of 2\n" in ran.log("__default.a.2", 2)


DEPLOYMENT = """
jobs:
- deployment: d
  environment: mlops-dev
  strategy:
    runOnce:
      preDeploy: {steps: [{script: echo before}]}
      deploy: {steps: [{script: CODE}]}
      on:
        failure: {steps: [{script: echo back}]}
        success: {steps: [{script: echo well}]}
"""


@pytest.mark.parametrize(("code", "hook"), [("exit 1", "failure"), ("exit 0", "success")])
def test_a_deployment_runs_its_hooks_and_then_the_one_of_its_outcome(code: str, hook: str, execute: Execute) -> None:
    ran = execute(DEPLOYMENT.replace("CODE", code))
    assert [folder.name for folder in sorted((ran.folder / "logs").iterdir())] == sorted(
        ["__default.d.preDeploy", "__default.d.deploy", f"__default.d.on.{hook}"]
    )
    assert "environment mlops-dev: its approvals and checks are not shown here" in ran.shown
    assert bool(ran.failure) is (hook == "failure")


OUTCOMES = ["failure: {steps: [{script: echo back}]}", "success: {steps: [{script: exit 1}]}"]


@pytest.mark.parametrize("outcomes", [OUTCOMES, OUTCOMES[::-1]], ids=["failure-first", "success-first"])
def test_a_success_hook_that_fails_does_not_run_the_failure_hook(outcomes: list[str], execute: Execute) -> None:
    start = DEPLOYMENT.replace("CODE", "exit 0").partition("        failure:")[0]
    ran = execute(start + "".join(f"        {each}\n" for each in outcomes))
    assert sorted(folder.name for folder in (ran.folder / "logs").glob("*.on.*")) == ["__default.d.on.success"]
    assert ran.result("d") == "Failed"


COMPUTED = """
variables: {x: outer}
jobs:
- job: plan
  steps:
  - checkout: none
  - bash: |
      echo "##vso[task.setvariable variable=legs;isOutput=true]MATRIX"
    name: make
- job: work
  dependsOn: plan
  strategy: {matrix: "$[ dependencies.plan.outputs['make.legs'] ]"}
  steps:
  - checkout: none
  - bash: |
      echo "x is $(x)"
      echo "##vso[task.setvariable variable=seen;isOutput=true]$(x)"
    name: say
- job: after
  dependsOn: work
  variables: {seen: "$[ dependencies.work.outputs['one.say.seen'] ]"}
  steps: [{checkout: none}, {bash: echo seen $(seen)}]
"""


@pytest.mark.parametrize(
    "matrix", ["{'one': {'x': 1}, 'two': {'x': null}}", r"{\"one\":{\"x\":1},\"two\":{\"x\":\"\"}}"]
)
def test_an_earlier_job_can_compute_a_matrix(matrix: str, execute: Execute) -> None:
    ran = execute(COMPUTED.replace("MATRIX", matrix))
    assert ran.failure == ""
    assert "\nx is 1\n" in ran.log("__default.work.one", 2)
    assert "\nx is \n" in ran.log("__default.work.two", 2)
    assert "\nseen 1\n" in ran.log("__default.after", 2)
    assert ran.result("work.two") == "Succeeded"


@pytest.mark.parametrize("matrix", ["", "{}", "null"])
def test_an_empty_computed_matrix_is_one_job_without_variables(matrix: str, execute: Execute) -> None:
    assert "\nx is outer\n" in execute(COMPUTED.replace("MATRIX", matrix)).log("__default.work", 2)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            "one, two",
            "the matrix is one, two, of which no legs can be made: the matrix:1:1: a matrix must be",
        ),
        ("{'a': 1}", "the leg 'a' of a matrix, variables and their values, must be a mapping, not text"),
        ("{'a': {'b': [1]}}", "the variable 'b' must be text, not a sequence"),
        ("{'a/b': {}}", "'a/b' cannot be the name of a leg"),
        ("{'a': ", "not YAML"),
    ],
)
def test_what_is_no_matrix_is_refused(matrix: str, message: str) -> None:
    text = "jobs: [{job: a, strategy: {matrix: '$[ variables.legs ]'}, steps: [{script: x}]}]"
    document = yaml_reader.parse(text, "a.yml")
    assert isinstance(document, Mapping)
    job = read(document).stages[0].jobs[0]
    with pytest.raises(PipelineError) as error:
        compute_matrix(job, Variables({"legs": matrix}), {})
    assert message in error.value.message
    assert error.value.place.line == 1


def test_a_job_whose_matrix_is_none_fails_alone(execute: Execute) -> None:
    ran = execute(COMPUTED.replace("MATRIX", "one, two"))
    assert (ran.result("work"), ran.result("plan")) == ("Failed", "Succeeded")
