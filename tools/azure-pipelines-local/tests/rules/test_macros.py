"""`$(name)`: what defines it, and where it can stand."""

import pytest
from azure_pipelines_local.rules.macros import undefined_variables
from azure_pipelines_local.rules.runtime_expressions import bad_conditions
from rules.small import findings

VAULT = "- {task: AzureKeyVault@2, inputs: {azureSubscription: a, KeyVaultName: b, SecretsFilter: FILTER}}\n"
CACHE = "- {task: Cache@2, inputs: {key: a, path: b, cacheHitVar: HIT}}\n"
DEPLOYED = "- {task: AzureResourceManagerTemplateDeployment@3, inputs: {deploymentOutputs: made}}\n"
READ = "- {script: invoke lint, env: {X: $(NAME)}}\n"
STAGES = "variables: {a: 1}\nstages:\n- stage: S\n  displayName: TEXT\n  variables: {b: 1}\n"
STAGES += "  jobs: [{job: A, variables: {c: 1}, steps: [{script: invoke lint}]}]\n"
POOLED = "jobs:\n- deployment: A\n  cancelTimeoutInMinutes: FIRST\n  environment: {name: e, resourceName: SECOND}\n"
POOLED += "  pool: {name: p, demands: [agent.os -equals Linux, THIRD]}\n  strategy:\n    runOnce:\n      deploy:\n"
POOLED += "        pool: {name: FOURTH}\n        steps: [{script: invoke lint}]\n"


def after(step: str, name: str) -> str:
    return f"steps:\n{step}{READ.replace('NAME', name)}"


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (VAULT.replace("FILTER", "'db-url, other'"), "db-url"),
        (VAULT.replace("FILTER", "'*'"), "whatever"),
        (VAULT.replace(", SecretsFilter: FILTER", ""), "whatever"),
        (CACHE, "hit"),
        (DEPLOYED, "made"),
        (DEPLOYED, "made.account.value"),
        ("- {task: DownloadSecureFile@1, name: cert, inputs: {secureFile: a.pem}}\n", "cert.secureFilePath"),
        ("- {script: invoke lint, name: made}\n", "made.anything"),
        ("- script: echo '##vso[task.setvariable variable=x]1'\n", "x"),
    ],
    ids=["secret", "all secrets", "default of secrets", "cache", "outputs", "output", "file", "step", "command"],
)
def test_what_a_step_sets_is_known_to_later_steps_alone(step: str, name: str) -> None:
    assert findings(undefined_variables, after(step, name)) == []
    (finding,) = findings(undefined_variables, f"steps:\n{READ.replace('NAME', name)}{step}")
    assert f"$({name}) is not a variable here, and a shell would run it as a command" in finding


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (VAULT.replace("FILTER", "a"), "b"),
        (CACHE, "key"),
        ("", "made.x"),
        ("- {script: invoke lint, name: made}\n", "made"),
    ],
)
def test_what_no_step_sets_is_reported(step: str, name: str) -> None:
    assert len(findings(undefined_variables, after(step, name))) == 1


def test_a_condition_of_a_later_step_may_read_what_a_step_sets() -> None:
    later = "- {script: invoke lint, condition: \"and(succeeded(), ne(variables.HIT, 'true'))\"}\n"
    assert findings(bad_conditions, f"steps:\n{CACHE}{later}") == []
    (finding,) = findings(bad_conditions, f"steps:\n{later}{CACHE}")
    assert "the variable 'HIT' is not defined here, and so it is empty" in finding


@pytest.mark.parametrize(
    "name", ["$(Date:yyyyMMdd)$(Rev:.r)", "$(DayOfYear)-$(BuildID)-$(SourceBranchName)", "$(a)", "$(Build.Reason)"]
)
def test_the_name_of_runs_may_have_what_azure_devops_knows_there(name: str) -> None:
    assert findings(undefined_variables, f"name: {name}\nvariables: {{a: 1}}\nsteps: [{{script: invoke lint}}]\n") == []


def test_an_unknown_variable_in_the_name_of_runs_is_reported() -> None:
    (finding,) = findings(undefined_variables, "name: a $(Dat:yyyy)\nsteps: [{script: 'invoke $(Build.Reason)'}]\n")
    assert finding.startswith("ci.yml:1:7: $(Dat:yyyy) is not a variable here, and Azure DevOps leaves it as it is; ")


@pytest.mark.parametrize(("name", "count"), [("a", 0), ("b", 0), ("c", 1), ("d", 1)])
def test_the_title_of_a_stage_may_name_its_variables_and_the_pipelines(name: str, count: int) -> None:
    assert len(findings(undefined_variables, STAGES.replace("TEXT", f"$({name})"))) == count


@pytest.mark.parametrize("position", ["FIRST", "SECOND", "THIRD", "FOURTH"])
def test_an_unknown_variable_is_reported_wherever_it_can_stand(position: str) -> None:
    text = POOLED.replace(position, "$(nosuch)")
    for other in ("FIRST", "SECOND", "THIRD", "FOURTH"):
        text = text.replace(other, "1")
    (finding,) = findings(undefined_variables, text)
    assert "$(nosuch) is not a variable here" in finding
