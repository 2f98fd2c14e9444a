"""Checks that our own pipelines give no occasion to, on small ones; and what is right and must pass."""

from pathlib import Path

import pytest
from azure_pipelines_local import Linters, check
from helpers.projects import FOLDER, strict_project

HEAD = "pool: {vmImage: ubuntu-24.04}\n"
LIMITED = "  timeoutInMinutes: 5\n"
LINT = "  steps: [{script: invoke lint}]\n"


def job(name: str, rest: str = LINT) -> str:
    return f"- job: {name}\n{LIMITED}{rest}"


def script(line: str) -> str:
    return f"{HEAD}jobs:\n{job('A', f'  steps:{chr(10)}  - script: {line}{chr(10)}')}"


def branch(condition: str, step: str) -> str:
    return f"{script('invoke lint')}  - ${{{{ if {condition} }}}}:\n    - {step}\n"


def task(text: str, name: str = "A") -> str:
    return job(name, "  steps:\n  - " + text.replace("\n", "\n    ") + "\n")


def conditioned(condition: str, before: str = "") -> str:
    first = job("first", "  steps:\n  - script: invoke lint\n    name: made\n")
    return f"{HEAD}{before}jobs:\n{first}- job: second\n  dependsOn: first\n  condition: {condition}\n{LIMITED}{LINT}"


def staged(condition: str) -> str:
    jobs = "  jobs:\n  " + job("A", "  steps:\n  - script: invoke lint\n    name: made\n").replace("\n", "\n  ").rstrip(
        " "
    )
    return f"{HEAD}stages:\n- stage: S\n{jobs}- stage: T\n  condition: {condition}\n{jobs}"


def of_task(name: str, inputs: str) -> str:
    return f"{HEAD}jobs:\n{task(f'task: {name}{chr(10)}inputs: {{{inputs}}}')}"


def azure_cli(inputs: str) -> str:
    return of_task("AzureCLI@3", f"scriptType: bash, scriptLocation: inlineScript, {inputs}")


def publish(name: str) -> str:
    return task(f"publish: outputs\nartifact: {name}")


NEWER = """
  - {task: UseNode@1, inputs: {version: 22.x, checkLatest: true}}
  - {task: UniversalPackages@1, inputs: {command: download, feed: a, packageName: b, adoServiceConnection: c}}
  - task: BicepDeploy@0
    inputs: {ConnectedServiceName: a, scope: tenant, tenantId: b, location: c, templateFile: d, operation: whatif}
  - task: AzureLoadTest@1
    inputs: {azureSubscription: a, loadTestConfigFile: b, resourceGroup: c, loadTestResource: d}
"""
SHELL_SIGNS = ("a*", "?", "{a,b}", "~/x", "a=~", "'$a'*", '"$HOME"', "$?", '"$@"', "$*", "a;", "'a'$b")
QUOTED = ("'a*'", '"{a}"', "'~'", "a~b", "'?'", "HEAD~1", "[a]")
FAULTS = {
    "output of an unknown step": (
        conditioned("and(succeeded(), dependencies.first.outputs['mde.x'])"),
        "the job 'first' has no step with the name 'mde'; did you mean 'made'?",
    ),
    "output without outputs": (
        conditioned("and(succeeded(), eq(dependencies.first.output['made.x'], 1))"),
        "'output' is not a key of a job; did you mean 'outputs'?",
    ),
    "output of an unknown job": (
        conditioned("and(succeeded(), eq(dependencies.fist.result, 'Failed'))"),
        "the job 'second' does not depend on 'fist', which is read; did you mean 'first'?",
    ),
    "status of an unknown job": (
        conditioned("failed('frist')"),
        "'frist' is not in dependsOn, nor in that of what it lists; did you mean 'first'?",
    ),
    "status with names in a step": (
        HEAD + f"jobs:\n{task('script: invoke lint' + chr(10) + 'condition: failed(' + repr('A') + ')')}",
        "failed() takes no names in the condition of a step",
    ),
    "output of a stage with an unknown job": (
        staged("and(succeeded(), eq(dependencies.S.outputs['B.made.x'], 1))"),
        "'S' has no job 'B', which is read; known: A.",
    ),
    "unknown stage of a job's condition": (
        conditioned("and(succeeded(), eq(stageDependencies.S.A.result, 1))"),
        "there is no stage 'S'",
    ),
    "script in a file": (
        of_task("Bash@3", "filePath: ci/run.sh, arguments: -x"),
        "`filePath` hides what a step runs; the command in the step itself is expected",
    ),
    "PowerShell": (f"{HEAD}jobs:\n{task('pwsh: Get-ChildItem')}", "It is: Get-ChildItem"),
    "secret in env": (
        f"{HEAD}jobs:\n{task('script: invoke lint' + chr(10) + 'env: {API_KEY: abc}')}",
        "'API_KEY' looks like a secret written here",
    ),
    "container that changes": (
        f"{HEAD}jobs:\n{job('A', '  container: python:latest' + chr(10) + LINT)}",
        "the container 'python:latest' is not pinned",
    ),
    "job without a pool": (f"jobs:\n{job('A')}", "the job 'A' has no pool; `vmImage` of a pool is expected"),
    "artifact of a matrix": (
        f"{HEAD}jobs:\n"
        + publish("reports").replace(LIMITED, LIMITED + "  strategy: {matrix: {a: {x: 1}, b: {x: 2}}}\n"),
        "each leg of the matrix publishes the artifact 'reports'; put $(System.JobName) into it",
    ),
    "artifact of a later step": (
        f"{HEAD}jobs:\n{task('download: current' + chr(10) + 'artifact: a')}  - {{publish: outputs, artifact: a}}\n",
        "the artifact 'a' may not be there yet",
    ),
    "task of nobody": (
        f"{HEAD}jobs:\n{task('task: MineAlone@1')}",
        "there is no task 'MineAlone@1'; tasks that are not",
    ),
    "unknown input of a newer task": (
        azure_cli("azureSubscription: a, colour: red"),
        "AzureCLI@3 has no input 'colour'",
    ),
    "kind of connection": (
        azure_cli("connectionType: azure, azureSubscription: a"),
        "the input `connectionType` of AzureCLI@3 is 'azure'; ",
    ),
    "no connection": (
        azure_cli("visibleAzLogin: false"),
        "AzureCLI@3 needs the input `azureSubscription`, since `connectionType` is 'azureRM' by default.",
    ),
    "script of a newer task": (azure_cli("azureSubscription: a, inlineScript: rm -r /"), "It is: rm -r /"),
    "connection of another kind": (
        azure_cli("connectionType: azureDevOps, azureSubscription: a, inlineScript: invoke lint"),
        "AzureCLI@3 needs the input `azureDevOpsServiceConnection`, since `connectionType` is 'azureDevOps'.",
    ),
    "script that is not there": (
        azure_cli("azureSubscription: a"),
        "AzureCLI@3 needs the input `inlineScript`, since `scriptLocation` is 'inlineScript'.",
    ),
    "script that the task would not run": (
        of_task("Bash@3", "script: invoke lint"),
        "the task Bash@3 needs the input `filePath`, since `targetType` is 'filePath' by default.",
    ),
    "chart without a registry": (
        of_task("HelmDeploy@0", "command: save"),
        "the task HelmDeploy@0 needs the input `azureContainerRegistry`, since `command` is 'save'.",
    ),
    "Bicep without a resource group": (
        of_task("BicepDeploy@0", "azureResourceManagerConnection: a, subscriptionId: b"),
        "the task BicepDeploy@0 needs the input `resourceGroupName`, since `scope` is 'resourceGroup' by default.",
    ),
    "deprecated with a successor of another name": (
        f"{HEAD}jobs:\n{task('task: AzureResourceGroupDeployment@2')}",
        "the task AzureResourceGroupDeployment@2 is deprecated; use AzureResourceManagerTemplateDeployment@3.",
    ),
    "deprecated with a newer version": (
        f"{HEAD}jobs:\n{task('task: AzureKeyVault@1')}",
        "the task AzureKeyVault@1 is deprecated; use AzureKeyVault@2.",
    ),
    "deprecated without a newer version": (
        f"{HEAD}jobs:\n{task('task: CondaEnvironment@1')}",
        "the task CondaEnvironment@1 is deprecated; Microsoft says: This task is deprecated. Use `conda` directly",
    ),
    "parameter without a default": (
        "parameters:\n- name: who\n  type: string\n" + script("invoke lint"),
        "p.yml:2:9: the parameter 'who' has no default; a default is expected",
    ),
    "variable from a job it does not wait for": (
        conditioned("succeeded()") + "  variables: {x: \"$[ dependencies.fist.outputs['made.x'] ]\"}\n",
        "does not depend on 'fist', which is read; did you mean 'first'?",
    ),
    "variable from an unknown one": (
        f"variables: {{x: \"$[ variables['yy'] ]\"}}\n{script('invoke lint')}",
        "the variable 'yy' is not defined here, and so it is empty; define it in `variables`.",
    ),
    "input in a branch that is never taken": (
        f"{script('invoke lint')}  - ${{{{ if false }}}}:\n    - task: Cache@2\n      inputs: {{kye: a, path: b}}\n",
        "p.yml:9:16: language service: Unexpected property kye",
    ),
    "command of a pull request alone": (
        branch("eq(variables['Build.Reason'], 'PullRequest')", "script: rm -r /"),
        "p.yml:8:15: a script line is `invoke …` or `nox …`. It is: rm -r /",
    ),
    "command of a schedule on another branch": (
        branch(
            "eq(variables['Build.Reason'], 'Schedule')",
            "${{ if ne(variables['Build.SourceBranch'], 'refs/heads/main') }}:\n      - script: rm -r /",
        ),
        "p.yml:9:17: a script line is `invoke …` or `nox …`. It is: rm -r /",
    ),
    "command of a branch that is named": (
        branch("eq(variables['Build.SourceBranchName'], 'release')", "script: rm -r /"),
        "p.yml:8:15: a script line is `invoke …` or `nox …`. It is: rm -r /",
    ),
    "template that is gone from a branch that is never taken": (
        branch("false", "template: none.yml"),
        "p.yml:8:17: the template azure-pipelines/none.yml does not exist.",
    ),
    "template outside in a branch that is never taken": (
        branch("false", "template: ../../none.yml"),
        "p.yml:8:17: the template '../../none.yml' is not within its repository.",
    ),
    "variable that is defined further down": (
        "variables:\n- {name: a, value: '${{ variables.b }}'}\n- {name: b, value: c}\n" + script("invoke lint"),
        "p.yml:2:21: the variable 'b' is not defined where this reads it, and so it is empty",
    ),
    "variable of another job": (
        script("invoke lint")
        + "  variables: {own: a}\n"
        + task("script: invoke lint\ndisplayName: ${{ variables.OWN }}", "B"),
        "p.yml:12:18: the variable 'own' is not defined where this reads it",
    ),
    "no mapping": ("- job: A\n", "p.yml:1:1: a mapping is expected, not a sequence."),
    "anchor": ("a: &b c\n", "anchors and aliases are not supported"),
}
RIGHT = {
    "any name where a group is": (
        f"variables:\n- group: secrets\n{script('invoke lint')}"
        "    env: {TOKEN: $(token)}\n    condition: and(succeeded(), eq(variables['any'], 1))\n"
    ),
    "outputs of a job it waits for": conditioned(
        "and(succeeded('first'), eq(dependencies.first.outputs['made.x'], 1))"
    ),
    "outputs of a stage before": staged("and(succeeded(), eq(dependencies.S.outputs['A.made.x'], 1))"),
    "a variable of a matrix": (
        f"jobs:\n{job('A', '  pool: {vmImage: $(image)}' + chr(10) + LINT)}"
        "  strategy: {matrix: {a: {image: macOS-15}}}\n"
    ),
    "an artifact with a name for each run": f"{HEAD}jobs:\n{publish('a-$(Build.BuildId)')}",
    "an artifact of a stage before": staged("succeeded()")
    .replace("script: invoke lint\n      name: made", "publish: outputs\n      artifact: a", 1)
    .replace("script: invoke lint\n      name: made", "download: current\n      artifact: a"),
    "a job with a pool of its own": f"jobs:\n{job('A', '  pool: ours' + chr(10) + LINT)}",
    "a pinned container": f"{HEAD}jobs:\n{job('A', '  container: python:3.11.9' + chr(10) + LINT)}",
    "a newer task": azure_cli(
        "connectionType: azureDevOps, azureDevOpsServiceConnection: a, inlineScript: invoke lint"
    ),
    "a chart where no registry is needed": of_task("HelmDeploy@0", "command: ls, connectionType: None"),
    "tasks that the schema lacks": f"{HEAD}jobs:\n{job('A', '  steps:' + NEWER)}",
    "an explained failure": f"{script('invoke lint')}    continueOnError: true  # the linter is new\n",
    "a condition without anything before it": f"{HEAD}jobs:\n{job('A', '  condition: eq(1, 1)' + chr(10) + LINT)}",
    "a variable that may be empty": (
        "variables:\n- {name: a, value: \"${{ coalesce(variables.b, 'x') }}${{ eq(variables.b, '') }}\"}\n"
        f"- {{name: b, value: c}}\n{script('invoke lint')}"
    ),
    "data that are called template": (
        f"{HEAD}jobs:\n{task('script: invoke lint' + chr(10) + 'env: {template: none.yml}')}"
    ),
    "variables that are called template": f"variables: {{template: none.yml}}\n{script('invoke lint')}",
    "results that are published always": (
        f"{HEAD}jobs:\n{task('task: PublishTestResults@2' + chr(10) + 'condition: always()')}"
    ),
    "an expression in a trigger": f"trigger:\n- ${{{{ 'main' }}}}\n{script('invoke lint')}",
    "a predefined variable": (
        f"{HEAD}jobs:\n{task('script: invoke lint')}  - {{script: invoke lint, displayName: $(Build.BuildId)}}\n"
    ),
}


def found(text: str, folder: Path, linters: Linters) -> list[str]:
    project = strict_project(folder)
    (folder / FOLDER / "p.yml").write_text(text, encoding="utf-8")
    return [str(each) for each in check(project, linters=linters).findings]


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_reported(case: str, tmp_path: Path, linters: Linters) -> None:
    text, message = FAULTS[case]
    messages = found(text, tmp_path, linters)
    assert any(message in each for each in messages), "\n".join(messages)


@pytest.mark.parametrize("case", RIGHT)
def test_what_is_right_passes(case: str, tmp_path: Path, linters: Linters) -> None:
    assert found(RIGHT[case], tmp_path, linters) == []


@pytest.mark.parametrize("declared", ["parameters: {a: c}", "parameters:\n  a: c"])
def test_a_template_with_parameters_of_the_old_form_passes(declared: str, tmp_path: Path, linters: Linters) -> None:
    template = tmp_path / FOLDER / "templates" / "t.yml"
    template.parent.mkdir(parents=True)
    template.write_text(f"{declared}\nsteps:\n- script: invoke lint ${{{{ parameters.a }}}}\n", encoding="utf-8")
    steps = "  steps:\n  - template: templates/t.yml\n    parameters: {a: b}\n"
    assert found(f"{HEAD}jobs:\n{job('A', steps)}", tmp_path, linters) == []


@pytest.mark.parametrize("sign", SHELL_SIGNS)
def test_a_sign_of_the_shell_is_reported(sign: str, tmp_path: Path, linters: Linters) -> None:
    messages = found(script(f">-\n      nox -s unit -- {sign}"), tmp_path, linters)
    assert any("no logic in a script: " in each for each in messages), messages


@pytest.mark.parametrize("word", QUOTED)
def test_what_a_shell_leaves_alone_passes(word: str, tmp_path: Path, linters: Linters) -> None:
    assert found(script(f">-\n      nox -s unit -- {word}"), tmp_path, linters) == []


def test_a_template_of_nobody_is_reported(tmp_path: Path, linters: Linters) -> None:
    templates = tmp_path / "azure-pipelines" / "templates"
    templates.mkdir(parents=True)
    for name in ("used", "by_expression", "unused"):
        (templates / f"{name}.yml").write_text("steps:\n- script: invoke lint\n", encoding="utf-8")
    (templates / "unused.yml").write_text("steps:\n- template: used.yml\n", encoding="utf-8")
    steps = "  steps:\n  - template: templates/used.yml\n  - template: templates/${{ 'by' }}_expression.yml\n"
    (templates.parent / "p.yml").write_text(f"{HEAD}jobs:\n{job('A', steps)}", encoding="utf-8")
    (finding,) = check(strict_project(tmp_path), linters=linters).findings
    assert str(finding).startswith("azure-pipelines/templates/unused.yml:1:1: no pipeline uses this file")
    assert str(finding).endswith("pipelines themselves are directly in azure-pipelines/. [unused-template]")


def test_a_pipeline_with_another_ending_is_reported(tmp_path: Path, linters: Linters) -> None:
    folder = tmp_path / "azure-pipelines"
    folder.mkdir()
    for name, text in {
        "a.yml": script("invoke lint"),
        "b.yaml": script("invoke lint"),
        "c.yaml": "names: [a]\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    (finding,) = check(strict_project(tmp_path), linters=linters).findings
    assert str(finding).startswith(
        "azure-pipelines/b.yaml:1:1: pipelines and templates end in `.yml`; rename it. [file-ending]"
    )


def test_only_runs_that_make_another_pipeline_are_checked(tmp_path: Path, linters: Linters) -> None:
    (tmp_path / "azure-pipelines").mkdir()
    (tmp_path / "azure-pipelines" / "p.yml").write_text(
        branch("eq(variables['Build.Reason'], 'pullrequest')", "script: invoke lint"),
        encoding="utf-8",
    )
    assert check(strict_project(tmp_path), linters=linters).checked == [
        "azure-pipelines/p.yml: 1 stage, 1 job, 1 step",
        "azure-pipelines/p.yml (PullRequest on refs/pull/1/merge): 1 stage, 1 job, 2 steps",
    ]


def test_each_value_is_checked_once_where_there_are_too_many_combinations(tmp_path: Path, linters: Linters) -> None:
    flags = "".join(f"- {{name: p{number}, type: boolean, default: false}}\n" for number in range(8))
    (tmp_path / "azure-pipelines").mkdir()
    (tmp_path / "azure-pipelines" / "p.yml").write_text(
        f"parameters:\n{flags}{script('invoke lint')}", encoding="utf-8"
    )
    report = check(strict_project(tmp_path), linters=linters)
    assert report.findings == []
    assert len(report.checked) == 9


def test_every_combination_is_checked_where_there_are_few(tmp_path: Path, linters: Linters) -> None:
    parameters = "parameters:\n- {name: a, type: boolean, default: true}\n- {name: b, default: x, values: [w, x]}\n"
    (tmp_path / "azure-pipelines").mkdir()
    (tmp_path / "azure-pipelines" / "p.yml").write_text(parameters + script("invoke lint"), encoding="utf-8")
    assert check(strict_project(tmp_path), linters=linters).checked == [
        "azure-pipelines/p.yml a=true b=x: 1 stage, 1 job, 1 step",
        "azure-pipelines/p.yml a=true b=w: 1 stage, 1 job, 1 step",
        "azure-pipelines/p.yml a=false b=x: 1 stage, 1 job, 1 step",
        "azure-pipelines/p.yml a=false b=w: 1 stage, 1 job, 1 step",
    ]
