"""Legs of a job: of a matrix, and the hooks of a deployment."""

import pytest
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
