"""A list of steps, jobs or stages is expanded and written out before a template sees it.

Sources: PGielniak/azdo-pipeline-emulator, E03-parameters/pass-steplist-valid, -pass-step-invalid-shape, E03-normalizer
(N1 to N5) and fixtures/oracle 02, 06, 08; the guard of scripts is that of Microsoft's "Security through templates".
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.model import read

Expanded = Callable[..., Any]
GUARD = """
parameters:
- {name: steps, type: stepList, default: []}
steps:
- ${{ each step in parameters.steps }}:
  - ${{ if in(step.task, 'CmdLine@2', 'Bash@3', 'PowerShell@2') }}:
    - script: forbidden
  - ${{ else }}:
    - ${{ step }}
"""


@pytest.mark.parametrize("step", ["script: a", "bash: a", "pwsh: a", "powershell: a", "task: CmdLine@2"])
def test_a_guard_of_tasks_meets_the_short_forms_too(expanded: Expanded, step: str) -> None:
    entry = f"steps:\n- template: guard.yml\n  parameters:\n    steps: [{{{step}}}, {{task: PublishTestResults@2}}]\n"
    assert expanded(entry, {"guard.yml": GUARD})["steps"] == [{"script": "forbidden"}, {"task": "PublishTestResults@2"}]


def test_templates_inside_the_list_are_expanded_first(expanded: Expanded) -> None:
    files = {
        "guards/guard.yml": GUARD,
        "parts/inner.yml": "steps:\n- script: hidden\n- template: deeper.yml\n",
        "parts/deeper.yml": "parameters: {said: no}\nsteps:\n- task: Cache@2\n  displayName: ${{ parameters.said }}\n",
    }
    entry = """
steps:
- template: guards/guard.yml
  parameters:
    steps:
    - template: ../parts/inner.yml
    - ${{ if true }}:
      - template: /parts/deeper.yml
        parameters: {said: yes}
"""
    assert expanded(entry, files)["steps"] == [
        {"script": "forbidden"},
        {"task": "Cache@2", "displayName": "no"},
        {"task": "Cache@2", "displayName": "yes"},
    ]


def test_a_short_form_is_written_out_as_the_service_does(expanded: Expanded) -> None:
    template = "parameters:\n- {name: p, type: stepList}\nsteps:\n- script: ${{ convertToJson(parameters.p) }}\n"
    entry = """
steps:
- template: t.yml
  parameters:
    p:
    - script: one
      workingDirectory: here
    - bash: two
      displayName: Two
"""
    text = expanded(entry, {"t.yml": template})["steps"][0]["script"]
    assert " ".join(text.split()) == (
        '[ { "task": "CmdLine@2", "inputs": { "script": "one", "workingDirectory": "here" } }, '
        '{ "task": "Bash@3", "displayName": "Two", "inputs": { "targetType": "inline", "script": "two" } } ]'
    )


def test_jobs_are_written_out_with_all_that_is_in_them(expanded: Expanded) -> None:
    template = "parameters:\n- {name: all, type: stageList}\nstages: ${{ parameters.all }}\n"
    entry = """
extends:
  template: t.yml
  parameters:
    all:
    - stage: A
      variables: {x: y}
      jobs:
      - deployment: D
        environment: dev
        pool: mine
        dependsOn: other
        container: box
        strategy: {runOnce: {on: {failure: {steps: [{script: f}]}}}}
"""
    [stage] = expanded(entry, {"t.yml": template})["stages"]
    assert stage["variables"] == [{"name": "x", "value": "y"}]
    assert stage["jobs"] == [
        {
            "deployment": "D",
            "environment": {"name": "dev"},
            "pool": {"name": "mine"},
            "dependsOn": ["other"],
            "container": {"alias": "box"},
            "strategy": {
                "runOnce": {"on": {"failure": {"steps": [{"task": "CmdLine@2", "inputs": {"script": "f"}}]}}},
            },
        }
    ]


def test_a_template_of_variables_in_a_job_of_the_list_is_expanded(expanded: Expanded) -> None:
    template = "parameters:\n- {name: jobs, type: jobList}\njobs: ${{ parameters.jobs }}\n"
    entry = """
jobs:
- template: t.yml
  parameters:
    jobs:
    - job: A
      variables:
      - template: v.yml
      steps: [{script: a}]
"""
    [job] = expanded(entry, {"t.yml": template, "v.yml": "variables: {x: y}\n"})["jobs"]
    assert job["variables"] == [{"name": "x", "value": "y"}]


def test_checkout_publish_and_download_come_back_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "t.yml").write_text("parameters:\n- {name: p, type: stepList}\nsteps: ${{ parameters.p }}\n")
    steps = "[{checkout: self, fetchDepth: 1}, {publish: out, artifact: model}, {download: current, artifact: model}]"
    (tmp_path / "ci.yml").write_text(f"extends:\n  template: t.yml\n  parameters: {{p: {steps}}}\n")
    # The template of steps is extended as a whole pipeline of steps.
    found = read(expand(tmp_path, "ci.yml")).stages[0].jobs[0].steps
    assert [step.task.text for step in found] == ["checkout", "publish", "download"]
    assert [[(each.name.text, each.value.text) for each in step.inputs] for step in found] == [
        [("checkout", "self"), ("fetchDepth", "1")],
        [("publish", "out"), ("artifact", "model")],
        [("download", "current"), ("artifact", "model")],
    ]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("step", "{notAStep: 1}", "an item of steps begins with one of task, script"),
        ("stepList", "[{job: a}]", "an item of steps begins with one of task, script"),
        ("jobList", "[{script: a}]", "an item of jobs begins with one of job, deployment, template"),
        ("stageList", "[{job: a}]", "an item of stages begins with one of stage, template"),
        ("container", "{image: alpine}", "an item of containers begins with one of container"),
    ],
)
def test_what_is_no_step_job_or_stage_is_refused_when_it_is_bound(
    expanded: Expanded, kind: str, given: str, message: str
) -> None:
    template = f"parameters:\n- {{name: p, type: {kind}}}\nsteps: []\n"
    with pytest.raises(PipelineError, match=rf"^ci\.yml:3:\d+: {message}"):
        expanded(f"steps:\n- template: t.yml\n  parameters: {{p: {given}}}\n", {"t.yml": template})


def test_a_default_that_includes_its_own_template_is_a_circle(expanded: Expanded) -> None:
    template = """
parameters:
- {name: p, type: stepList, default: [{template: t.yml}]}
steps: ${{ parameters.p }}
"""
    with pytest.raises(PipelineError, match=r"^t\.yml:3:.*in a circle: t\.yml -> t\.yml"):
        expanded("steps:\n- template: t.yml\n", {"t.yml": template})


def test_a_list_may_name_a_repository_that_the_extended_template_declares(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "leaf.yml").write_text("steps: [{task: Cache@2}]\n", encoding="utf-8")
    (tmp_path / "t.yml").write_text(
        "parameters:\n- {name: jobs, type: jobList}\n"
        "resources:\n  repositories: [{repository: tools, type: git, name: p/t}]\njobs: ${{ parameters.jobs }}\n",
        encoding="utf-8",
    )
    jobs = "[{job: A, steps: [{template: leaf.yml@tools}]}]"
    (tmp_path / "ci.yml").write_text(f"extends:\n  template: t.yml\n  parameters: {{jobs: {jobs}}}\n", encoding="utf-8")
    found = read(expand(tmp_path, "ci.yml", folders={"tools": other}))
    assert [step.task.text for step in found.stages[0].jobs[0].steps] == ["Cache@2"]


def test_a_checkout_of_nothing_never_runs(expanded: Expanded) -> None:
    template = "parameters:\n- {name: p, type: stepList}\nsteps: ${{ parameters.p }}\n"
    entry = "steps:\n- template: t.yml\n  parameters: {p: [{checkout: none}]}\n"
    [step] = expanded(entry, {"t.yml": template})["steps"]
    assert (step["condition"], step["inputs"]) == ("false", {"repository": "none"})


def test_a_job_is_no_deployment(expanded: Expanded) -> None:
    entry = "jobs:\n- template: t.yml\n  parameters: {d: {job: a, steps: [{script: x}]}}\n"
    template = "parameters: [{name: d, type: deployment}]\njobs:\n- ${{ parameters.d }}\n"
    with pytest.raises(PipelineError, match="an item of jobs begins with one of deployment, template"):
        expanded(entry, {"t.yml": template})


INSERTED = "parameters: [{name: p, type: KIND}]\nsteps:\n- ${{ parameters.p }}\n"
NAMED = {"here.yml": "root", "parts/here.yml": "parts", "other/parts/here.yml": "other", "other/here.yml": "no"}


@pytest.mark.parametrize("kind", ["stepList", "object"])
@pytest.mark.parametrize(
    ("path", "template", "found"),
    [
        ("here.yml", "parts/t.yml", "parts"),
        ("../here.yml", "parts/t.yml", "root"),
        ("/here.yml", "parts/t.yml", "root"),
        ("here.yml@self", "parts/t.yml", "root"),
        ("here.yml", "parts/t.yml@other", "other"),
        ("here.yml@self", "parts/t.yml@other", "root"),
        ("./parts/here.yml@self", "parts/t.yml@other", "parts"),
    ],
)
def test_a_path_in_a_parameter_is_seen_from_the_template_that_includes_it(
    kind: str, path: str, template: str, found: str, tmp_path: Path
) -> None:
    """Sources: microsoft/azure-pipelines-yaml 271, azure-devops-docs 8106, microsoft/vscode-java-pack 1711."""
    texts = {name: f"steps:\n- script: {said}\n" for name, said in NAMED.items()}
    texts |= {name: INSERTED.replace("KIND", kind) for name in ("parts/t.yml", "other/parts/t.yml")}
    texts["ci.yml"] = (
        "resources: {repositories: [{repository: other, type: git, name: p/o}]}\n"
        f"steps:\n- template: {template}\n  parameters: {{p: [{{template: {path}}}]}}\n"
    )
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (step,) = read(expand(tmp_path, "ci.yml", folders={"other": tmp_path / "other"})).stages[0].jobs[0].steps
    script = step.input("script")
    assert script is not None
    assert script.text == found


def test_a_download_of_nothing_is_left_out_by_its_condition(expanded: Expanded) -> None:
    """C-E04-150 of PGielniak/azdo-pipeline-emulator."""
    entry = "steps: [{template: t.yml, parameters: {s: [{download: none}]}}]"
    template = "parameters: [{name: s, type: stepList}]\nsteps:\n- ${{ parameters.s }}\n"
    [step] = expanded(entry, {"t.yml": template})["steps"]
    assert (step["condition"], step["inputs"]) == ("false", {"alias": "none"})
