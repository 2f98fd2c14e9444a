"""The model of an expanded pipeline: what it says, and what is refused with its place."""

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.model import Group, Pipeline, Variable, read


def model(text: str) -> Pipeline:
    document = yaml_reader.parse(text, "p.yml")
    assert isinstance(document, Mapping)
    return read(document)


def job(text: str) -> str:
    """A pipeline whose one job has, from line 3 and column 3, what `text` says."""
    return "jobs:\n- job: A\n" + "".join(f"  {line}\n" for line in text.splitlines())


def step(text: str) -> str:
    """A pipeline whose one step begins at line 2, column 3."""
    return "steps:\n- " + text.replace("\n", "\n  ") + "\n"


def test_a_pipeline_of_steps_is_one_job_in_one_stage() -> None:
    pipeline = model("variables: {a: 1}\npool: {vmImage: ubuntu-24.04}\nsteps:\n- script: invoke lint\n")
    (stage,) = pipeline.stages
    (only,) = stage.jobs
    assert (stage.name, only.name) == ("__default", "Job")
    assert only.pool
    assert only.pool.image
    assert only.pool.image.text == "ubuntu-24.04"
    assert [len(pipeline.variables), len(stage.variables), len(only.variables)] == [1, 0, 0]


def test_a_short_form_is_the_task_that_it_stands_for() -> None:
    (only,) = model(step("bash: invoke lint\nworkingDirectory: src")).stages[0].jobs
    (found,) = only.steps
    assert found.task.text == "Bash@3"
    assert {each.name.text: each.value.text for each in found.inputs} == {
        "targetType": "inline",
        "script": "invoke lint",
        "workingDirectory": "src",
    }
    assert str(found.place) == "p.yml:2:3"


def test_a_stage_depends_on_the_one_before_unless_it_says_otherwise() -> None:
    jobs = "  jobs: [{job: J, steps: [{script: s}]}]\n"
    pipeline = model(f"stages:\n- stage: A\n{jobs}- stage: B\n{jobs}- stage: C\n  dependsOn: a\n{jobs}")
    assert [stage.depends_on for stage in pipeline.stages] == [(), ("A",), ("A",)]


def test_defaults_are_filled_in() -> None:
    found = model(step("script: s")).stages[0].jobs[0].steps[0]
    assert (found.condition.text, found.enabled, found.continue_on_error) == ("succeeded()", True, False)
    assert (found.timeout_minutes, found.retries) == (0, 0)


def test_what_is_known_only_at_run_time_stays_text() -> None:
    found = model(step("script: s\nenabled: $(on)\ntimeoutInMinutes: $[ variables.m ]")).stages[0].jobs[0].steps[0]
    assert not isinstance(found.enabled, bool)
    assert found.enabled.text == "$(on)"
    assert not isinstance(found.timeout_minutes, int)


def test_variables_have_two_forms_and_groups() -> None:
    pipeline = model("variables:\n- {name: a, value: 1, readonly: true}\n- group: g\nsteps: [{script: s}]\n")
    first, second = pipeline.variables
    assert isinstance(first, Variable)
    assert (first.name, first.value.text, first.readonly) == ("a", "1", True)
    assert isinstance(second, Group)
    assert second.name == "g"


def test_a_deployment_has_its_hooks_in_their_order() -> None:
    text = (
        "jobs:\n- deployment: D\n  environment: {name: prd}\n  strategy:\n    runOnce:\n"
        "      on: {failure: {steps: [{script: back}]}}\n"
        "      deploy: {steps: [{script: do}]}\n      preDeploy: {steps: [{script: first}]}\n"
    )
    (only,) = model(text).stages[0].jobs
    assert [hook.name for hook in only.hooks] == ["preDeploy", "deploy", "on.failure"]
    assert only.environment
    assert only.environment.text == "prd"
    assert [str(each.inputs[0].value.text) for each in only.all_steps] == ["first", "do", "back"]


def test_a_matrix_has_legs_with_variables() -> None:
    found = model(job("strategy: {matrix: {old: {python: '3.11'}, new: {python: '3.13'}}}\nsteps: [{script: s}]"))
    legs = found.stages[0].jobs[0].matrix
    assert [(leg.name, leg.variables[0].value.text) for leg in legs] == [("old", "3.11"), ("new", "3.13")]


REFUSED = {
    "an unknown key": ("triger: none\nsteps: [{script: s}]", "1:1: a pipeline has no key 'triger'; did you mean"),
    "a key in another case": (
        "steps: [{script: s}]\nPool: x",
        "2:1: a pipeline has no key 'Pool'; did you mean 'pool'",
    ),
    "a matrix of too many steps": (
        "steps:\n"
        + "- {script: s}\n" * 201
        + "strategy:\n  matrix:\n"
        + "".join(f"    n{number}: {{a: b}}\n" for number in range(100)),
        "p.yml:1:1: more than 20,000 steps, each leg of a matrix counted.",
    ),
    "a long line of a script": (
        step(f"script: |\n  invoke lint\n  {'a ' * 5001}"),
        "2:11: a script line has more than 10,000 characters; shorten it.",
    ),
    "a download beside a path of a step": (step("download: current\nscript: a"), "`download` and `script`, not both"),
    "two kinds of work": ("jobs: []\nsteps: []", "2:1: a pipeline has one of stages, jobs, steps; `jobs` is there"),
    "no jobs": ("jobs: []", "1:7: `jobs` is empty"),
    "a job without steps": (job("pool: x"), "2:3: the job 'A' has no steps"),
    "an empty list of steps": (job("steps: []"), "3:10: a job without steps"),
    "an unknown key of a job": (job("timeoutInMinute: 5\nsteps: []"), "did you mean 'timeoutInMinutes'?"),
    "what is no job": (
        "jobs:\n- jobs: A",
        "2:3: a job begins with one of job, deployment, template; did you mean 'job'",
    ),
    "a name with a hyphen": (
        "jobs:\n- job: a-b",
        "2:8: 'a-b' cannot be the name of a job; letters, digits and underscores",
    ),
    "what is no step": (step("scrpt: s"), "2:3: a step begins with one of task, script"),
    "two steps in one": (step("script: s\ntask: A@1"), "3:3: a step has one of `script` and `task`, not both"),
    "an unknown key of a step": (step("script: s\nworkdir: x"), "did you mean 'workingDirectory'?"),
    "a task without a version": (step("task: Bash"), "2:9: `task` must be NAME@VERSION, such as Bash@3, not 'Bash'"),
    "two steps of a name": (
        "steps: [{script: s, name: a}, {script: s, name: A}]",
        "1:31: the step 'A' appears twice; the other is at p.yml:1:9",
    ),
    "no boolean": (step("script: s\nenabled: 'sure'"), "3:12: `enabled` must be true or false, not 'sure'"),
    "no number": (
        job("timeoutInMinutes: 1h\nsteps: [{script: s}]"),
        "3:21: `timeoutInMinutes` must be a whole number, at least 0,",
    ),
    "no condition": (
        step("script: s\ncondition: succeeded() and x"),
        "3:14: unexpected symbol 'and'; write and(a, b).",
    ),
    "a function that is none": (step("script: s\ncondition: suceeded()"), "unrecognized function 'suceeded'"),
    "a parameter at run time": (step("script: s\ncondition: eq(parameters.a, 1)"), "unrecognized value 'parameters'"),
    "brackets of a condition": (step("script: s\ncondition: $[eq(1, 1)]"), "a condition is written without $[ ]"),
    "inputs that are none": (step("task: A@1\ninputs: [x]"), "3:11: `inputs` must be a mapping, not a sequence"),
    "an input with structure": (step("task: A@1\ninputs: {a: [x]}"), "3:15: `a` must be text, not a sequence"),
    "a variable without a name": ("variables: [{value: 1}]\nsteps: []", "1:13: an item of `variables` begins with"),
    "a group with a value": ("variables: [{group: g, value: 1}]", "a variable group has no key 'value'"),
    "an unknown dependency": (
        job("dependsOn: C\nsteps: [{script: s}]") + "- job: CI\n  steps: [{script: s}]\n",
        "3:14: 'A' depends on the job 'C', which does not exist; did you mean 'CI'?",
    ),
    "a job of itself": (job("dependsOn: [a]\nsteps: [{script: s}]"), "3:15: the job 'A' depends on itself"),
    "jobs in a circle": (
        job("dependsOn: B\nsteps: [{script: s}]") + "- job: B\n  dependsOn: A\n  steps: [{script: s}]\n",
        "2:3: jobs that wait for one another: A -> B -> A.",
    ),
    "jobs of one name": (
        job("steps: [{script: s}]") + "- job: a\n  steps: []\n",
        "4:3: the job 'a' appears twice",
    ),
    "a deployment with a name of Azure's own": ("jobs: [{deployment: deploy}]", "cannot be called 'deploy'"),
    "a deployment without an environment": ("jobs: [{deployment: D, strategy: {}}]", "needs `environment: NAME`"),
    "a deployment without a strategy": ("jobs: [{deployment: D, environment: e}]", "needs `strategy: {runOnce"),
    "a deployment with steps": ("jobs: [{deployment: D, steps: []}]", "a deployment has no key 'steps'"),
    "an unknown strategy": (
        "jobs: [{deployment: D, environment: e, strategy: {runonce: {}}}]",
        "the strategy of a deployment has no key 'runonce'; did you mean 'runOnce'?",
    ),
    "a hook without content": (
        "jobs:\n- deployment: D\n  environment: e\n  strategy:\n    runOnce:\n      deploy:\n      steps: []\n",
        "7:7: the strategy 'runOnce' has no key 'steps'",
    ),
    "an unknown hook": (
        "jobs: [{deployment: D, environment: e, strategy: {runOnce: {deploys: {}}}}]",
        "did you mean 'deploy'?",
    ),
    "a matrix without legs": (job("strategy: {matrix: {}}\nsteps: [{script: s}]"), "3:22: a matrix without legs"),
    "a leg that is text": (
        job("strategy: {matrix: {a: b}}\nsteps: [{script: s}]"),
        "the leg 'a' of a matrix, variables and",
    ),
    "a matrix that is a text": (
        job("strategy: {matrix: a}\nsteps: [{script: s}]"),
        "a matrix must be a mapping, not text",
    ),
    "an unknown key of a pool": ("pool: {vmimage: x}\nsteps: []", "1:8: a pool has no key 'vmimage'; did you mean"),
    "a pool of nothing": ("pool: {demands: x}\nsteps: []", "1:7: a pool needs `vmImage`"),
    "an unknown key of a trigger": ("trigger: {branch: [main]}", "1:11: `trigger` has no key 'branch'; did you mean"),
    "an unknown filter": ("trigger: {branches: {includes: [a]}}", "`branches` of `trigger` has no key 'includes'"),
    "a trigger that is no boolean": ("trigger: {batch: 1}", "1:18: `batch` must be true or false, not '1'"),
    "a branch as text": ("trigger: main", "1:10: `trigger` is 'main'; `none`, a sequence of branches"),
    "cron with six fields": ("schedules: [{cron: 0 0 3 * * 1}]", "has 6 fields; cron has 5, in UTC"),
    "an hour that is none": ("schedules: [{cron: 0 24 * * *}]", "the hour of '0 24 * * *' is '24'; 0 to 23"),
    "a schedule without a time": ("schedules: [{always: true}]", "1:13: a schedule needs `cron"),
    "an unknown key of a schedule": ("schedules: [{corn: x}]", "1:14: a schedule has no key 'corn'; did you mean"),
    "an unknown kind of resource": ("resources: {repos: []}", "1:13: `resources` has no key 'repos'"),
    "a resource without a name": ("resources: {repositories: [{name: x}]}", "begins with `repository: NAME`"),
    "two resources of a name": (
        "resources: {repositories: [{repository: a}, {repository: A}]}",
        "1:45: the resource 'A' appears twice; the other is at p.yml:1:28",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_pipeline_has_is_refused_with_its_place(case: str) -> None:
    text, message = REFUSED[case]
    if "steps" not in text and "jobs" not in text:
        text += "\nsteps: [{script: s}]"
    with pytest.raises(PipelineError) as raised:
        model(text)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
