"""Every rule: something triggers it, its name is printed, its level can be switched, and one comment silences it."""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, check
from azure_pipelines_local.checking.check import NO_LINTERS
from azure_pipelines_local.findings import INVALID, Finding
from azure_pipelines_local.git import git
from azure_pipelines_local.linters.linters import PARTS
from azure_pipelines_local.rules.table import BY_NAME, FIXED, RULES
from helpers.projects import FOLDER, strict_project

HEAD = "pool: {vmImage: ubuntu-24.04}\njobs:\n- job: A\n  timeoutInMinutes: 5\n"
STEPS = "  steps:\n"
LINT = f"{HEAD}{STEPS}  - script: invoke lint\n"
SECOND = "- job: B\n  timeoutInMinutes: 5\n  dependsOn: A\n  steps: [{script: invoke lint}]\n"


def step(text: str) -> str:
    return f"{HEAD}{STEPS}  - {text}\n"


TRIGGERS = {  # each a pipeline in which the rule finds something
    "invalid-pipeline": LINT.replace("job: A", "jab: A"),
    "undefined-variable": step("script: invoke lint $(nosuch)"),
    "command-substitution": step("script: invoke lint $(date +%s)"),
    "endless-variable": f"variables: {{a: $(a)}}\n{LINT}",
    "compile-time-variable": step("script: invoke lint ${{ variables.nosuch }}"),
    "template-reference": step("${{ if false }}:\n    - template: none.yml"),
    "parameter-default": f"parameters:\n- {{name: who, type: string}}\n{LINT}",
    "condition-variable": LINT + SECOND + "  condition: and(succeeded(), variables['nosuch'])\n",
    "condition-macro": LINT + SECOND + "  condition: and(succeeded(), '$(Build.Reason)')\n",
    "dropped-failure": LINT + SECOND + "  condition: eq(1, 1)\n",
    "unknown-dependency": LINT + SECOND + "  condition: succeeded('C')\n",
    "job-output": LINT + SECOND + "  variables: {x: \"$[ dependencies.A.outputs['s.x'] ]\"}\n",
    "runtime-expression": LINT + "  variables: {a: '$[ nosuch( ]'}\n",
    "unknown-resource": step("{download: other, artifact: a}"),
    "duplicate-artifact": step("{publish: a, artifact: a}\n  - {publish: b, artifact: a}"),
    "missing-artifact": step("{download: current, artifact: a}"),
    "unknown-task": step("task: MineAlone@1"),
    "deprecated-task": step("task: CondaEnvironment@1"),
    "task-input": step("{task: Cache@2, inputs: {kye: a, path: b}}"),
    "empty-step": step("script: ''"),
    "cached-deployment": (
        "jobs:\n- deployment: D\n  environment: dev\n  timeoutInMinutes: 5\n  pool: {vmImage: ubuntu-24.04}\n"
        "  strategy: {runOnce: {deploy: {steps: [{task: Cache@2, inputs: {key: a, path: b}}]}}}\n"
    ),
    "job-target": step("task: Delay@1\n    inputs: {delayForMinutes: 1}"),
    "retired-image": LINT.replace("24.04", "18.04"),
    "pinned-image": LINT.replace("24.04", "latest"),
    "pinned-container": LINT.replace(STEPS, f"  container: python:latest\n{STEPS}"),
    "job-pool": LINT.replace("pool: {vmImage: ubuntu-24.04}\n", ""),
    "job-timeout": LINT.replace("  timeoutInMinutes: 5\n", ""),
    "hidden-results": step("task: PublishTestResults@2"),
    "unexplained": step("{script: invoke lint, continueOnError: true}"),
    "secret-on-command-line": step("script: invoke lint --password x"),
    "written-secret": f"variables: {{password: hunter2}}\n{LINT}",
    "script-command": step("script: nox -s nosuch"),
    "script-logic": step("script: invoke lint | tail"),
    "script-file": step("{task: Bash@3, inputs: {filePath: a.sh}}"),
    "exit-zero": step("script: invoke lint --exit-zero"),
    "dead-path-filter": f"trigger: {{paths: {{include: [nosuch]}}}}\n{LINT}",
    "unused-template": LINT,  # and a file beside it
    "file-ending": LINT,  # likewise
    "shellcheck": step("script: invoke lint $x"),
    "language-service": LINT + "  - ${{ if false }}:\n    - task: Cache@2\n      inputs: {kye: a, path: b}\n",
    "useless-ignore": f"# ado: ignore exit-zero, there is none\n{LINT}",
}
BESIDE = {"unused-template": "templates/unused.yml", "file-ending": "other.yaml"}


def reported(rule: str, folder: Path, linters: Linters, text: str = "", **levels: str) -> list[Finding]:
    """What `check` finds in the pipeline; without linters unless the rule needs one, since asking them takes long."""
    project = strict_project(folder, **levels)
    if rule == "dead-path-filter":
        git(folder, "init", "--quiet")
    (folder / FOLDER / "p.yml").write_text(text or TRIGGERS[rule], encoding="utf-8")
    if rule in BESIDE:
        beside = folder / FOLDER / BESIDE[rule]
        beside.parent.mkdir(exist_ok=True)
        beside.write_text(LINT, encoding="utf-8")
    return check(project, linters=linters if BY_NAME[rule].needs in PARTS else NO_LINTERS).findings


def found(rule: str, folder: Path, linters: Linters, text: str = "", **levels: str) -> list[str]:
    """What `check` prints of the rule."""
    printed = map(str, reported(rule, folder, linters, text, **levels))
    return [each for each in printed if each.endswith(f" [{rule}]")]


def test_every_rule_has_something_that_triggers_it() -> None:
    assert set(TRIGGERS) == set(BY_NAME)
    assert len(BY_NAME) == len(RULES)


@pytest.mark.parametrize("rule", TRIGGERS)
def test_a_finding_has_the_name_of_its_rule(rule: str, tmp_path: Path, linters: Linters) -> None:
    assert found(rule, tmp_path, linters)


@pytest.mark.parametrize("rule", sorted(set(TRIGGERS) - set(FIXED)))
def test_the_level_of_a_rule_can_be_switched(rule: str, tmp_path: Path, linters: Linters) -> None:
    (warning, *_) = found(rule, tmp_path, linters, **{rule.replace("-", "_"): "warning"})
    assert ": warning: " in warning
    assert found(rule, tmp_path, linters, **{rule.replace("-", "_"): "off"}) == []


@pytest.mark.parametrize("rule", sorted(set(TRIGGERS) - set(FIXED) - set(BESIDE) - {"unexplained", "useless-ignore"}))
def test_a_comment_above_the_line_silences_a_rule_there(rule: str, tmp_path: Path, linters: Linters) -> None:
    (first, *others) = found(rule, tmp_path, linters)
    lines = TRIGGERS[rule].splitlines(keepends=True)
    number = int(first.split(":")[1])
    lines.insert(number - 1, f"# ado: ignore {rule}, a test\n")
    text = "".join(lines)
    here = [each for each in others if each.split(":")[1] == str(number)]
    rules = [each.rule for each in reported(rule, tmp_path, linters, text)]
    assert rules.count(rule) == len(others) - len(here)
    assert "useless-ignore" not in rules


def test_what_is_no_pipeline_cannot_be_silenced(tmp_path: Path, linters: Linters) -> None:
    text = TRIGGERS[INVALID].replace("- jab", f"# ado: ignore {INVALID}, a test\n- jab")
    assert found(INVALID, tmp_path, linters, text)
    (useless,) = found("useless-ignore", tmp_path, linters, text)
    assert "'invalid-pipeline' cannot be ignored" in useless
