"""Secrets that stand in a pipeline."""

import pytest
from azure_pipelines_local.rules.written_secrets import secrets_in_scripts, written_defaults, written_secrets
from rules.small import findings, source

STEPS = "steps:\n- script: invoke lint\n"
DEPLOYED = "steps:\n- {task: AzureResourceManagerTemplateDeployment@3, inputs: {overrideParameters: TEXT}}\n"


@pytest.mark.parametrize("line", ["--pat abcd", "--sas=a", "-k $(pat)", "--password a", "a?sig=b"])
def test_a_secret_on_a_command_line_is_reported(line: str) -> None:
    (finding,) = findings(secrets_in_scripts, f"steps:\n- script: invoke lint {line}\n")
    assert "a secret on a command line" in finding


@pytest.mark.parametrize("line", ["--path a", "--pattern b", "--compat", "sassy"])
def test_words_that_only_contain_those_of_secrets_pass(line: str) -> None:
    assert findings(secrets_in_scripts, f"steps:\n- script: invoke lint {line}\n") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("variables: {pat: abc}\n" + STEPS, "pat"),
        ("variables: {MY_SAS: abc}\n" + STEPS, "MY_SAS"),
        (STEPS + '  env: {TOKEN: "hunter2$(image)"}\n', "TOKEN"),
        (DEPLOYED.replace("TEXT", "-name a -adminPassword hunter2"), "adminPassword"),
        (DEPLOYED.replace("TEXT", '-adminPassword "hunter2"'), "adminPassword"),
    ],
)
def test_a_secret_that_is_written_down_is_reported(text: str, name: str) -> None:
    (finding,) = findings(written_secrets, text)
    assert f"'{name}' looks like a secret written here; keep it in a variable group." in finding


@pytest.mark.parametrize(
    "text",
    [
        'variables: {pat: "", path: abc, token: $(other)}\n' + STEPS,
        STEPS + "  env: {TOKEN: $(System.AccessToken), KEY: $(a)}\n",
        "variables: {token: \"$[ variables['a'] ]\"}\n" + STEPS,
        DEPLOYED.replace("TEXT", "-adminPassword $(password) -name a"),
        DEPLOYED.replace("TEXT", "-adminPassword '$(password)'"),
        DEPLOYED.replace("TEXT", "-passwordless -name a"),
        DEPLOYED.replace("TEXT", "-" + "token" * 100_000),
    ],
    ids=["variables", "env", "expression", "input", "quoted", "flag", "long"],
)
def test_what_comes_from_a_variable_group_passes(text: str) -> None:
    assert findings(written_secrets, text) == []


@pytest.mark.parametrize(
    ("parameter", "count"),
    [
        ("{name: password, type: string, default: hunter2}", 1),
        ("{name: password, default: hunter2}", 1),
        ("{name: password, type: string, default: ''}", 0),
        ("{name: password, type: string}", 0),
        ("{name: keep_token, type: boolean, default: true}", 0),
        ("{name: minutes, type: string, default: a}", 0),
    ],
)
def test_a_parameter_that_is_called_like_a_secret_has_no_default(parameter: str, count: int) -> None:
    found = list(written_defaults(source(f"parameters:\n- {parameter}\n{STEPS}")))
    assert len(found) == count
    assert all(each.place.line == 2 for each in found)
