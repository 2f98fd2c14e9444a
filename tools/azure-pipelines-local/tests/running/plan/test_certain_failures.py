"""Checks before a run: certain failures are refused, the rest are warnings."""

import pytest
from azure_pipelines_local.running.work.tasks import TASKS
from running.conftest import Execute, steps, task

UNDEFINED = "is not defined, and a shell would run it as a command; define it in `variables`."
NO_VALUE = "has no value on this machine, and a shell would run it as a command."


@pytest.mark.parametrize(
    "step",
    [
        "bash: echo $PWD && pwd && test -d $(pwd) && echo $(date +%s)",
        "bash: 'helper() { true; }; echo $(helper)'",
        "{script: echo $(no.such), enabled: false}",
        "{script: echo $(no.such), condition: failed()}",
        "{bash: 'exit 0', condition: \"eq(variables.nobody, '')\"}",
        "{download: current, artifact: lost, condition: failed()}",
    ],
    ids=["commands", "function", "disabled", "condition", "policy", "artifact"],
)
def test_a_valid_pipeline_runs(step: str, execute: Execute) -> None:
    assert execute(steps(step)).failure == ""


def test_variables_that_steps_set_are_known_after_them(execute: Execute) -> None:
    hidden = "bash: 'echo \"##vso[task.setvariable isSecret=true;variable=word]open\"'"
    output = "{bash: 'echo \"##vso[task.setvariable variable=x;isOutput=true]42\"', name: here}"
    ran = execute(steps(hidden, output, "bash: echo $(here.x) $(word)"))
    assert ran.log("__default.Job", 4).endswith("\n42 ***\n")


@pytest.mark.parametrize(
    ("step", "place", "message"),
    [
        ("script: echo $(no.such)", "4:16", f"$(no.such) {UNDEFINED}"),
        ("{script: 'true', env: {TOKEN: $(nobody)}}", "4:33", f"$(nobody) {UNDEFINED}"),
        ("{script: 'true', env: {T: $(System.AccessToken)}}", "4:29", f"$(System.AccessToken) {NO_VALUE}"),
        ("script: echo $(Build.Repository.ID)", "4:16", f"$(Build.Repository.ID) {NO_VALUE}"),
        ("script: echo $(resources.pipeline.p.runID)", "4:16", f"$(resources.pipeline.p.runID) {NO_VALUE}"),
        ("{download: current, artifact: lost}", "4:3", "no job publishes the artifact 'lost'; "),
    ],
    ids=["undefined", "env", "token", "repository", "resource", "artifact"],
)
def test_what_goes_wrong_in_any_run_is_refused(step: str, place: str, message: str, execute: Execute) -> None:
    ran = execute("# a line before it\n" + steps(step))
    assert ran.failure.startswith(f"pipeline.yml:{place}: {message}")
    assert "\nThe pipeline was not started: see the one above. (read from commit " in ran.failure
    assert not ran.folder.exists()


def test_a_variable_that_only_azure_defines_is_refused_in_the_value_of_another(execute: Execute) -> None:
    ran = execute("variables: {token: $(System.AccessToken)}\n" + steps("script: echo $(token)"))
    assert ran.failure.startswith(f"pipeline.yml:1:20: $(System.AccessToken) {NO_VALUE}")


@pytest.mark.parametrize(("name", "refused"), [("System.CollectionId", True), ("System.PullRequest.IsFork", False)])
def test_a_condition_that_reads_what_only_azure_knows_is_refused(name: str, refused: bool, execute: Execute) -> None:
    ran = execute(steps(f"{{script: 'true', condition: \"ne(variables['{name}'], '1')\"}}"))
    assert ran.failure.startswith(f"pipeline.yml:3:31: {name} has no value on this machine") is refused
    assert (ran.failure == "") is not refused


def test_a_step_that_needs_what_only_azure_defines_fails_if_it_runs(execute: Execute) -> None:
    ran = execute(steps("{script: echo $(System.AccessToken), condition: always()}"))
    assert "Warning: pipeline.yml:3:17: $(System.AccessToken) has no value on this machine" in ran.shown
    assert "pipeline.yml:3:12: $(System.AccessToken) has no value on this machine." in ran.shown
    assert ran.result("Job") == "Failed"


def test_what_may_be_a_mistake_is_a_warning_and_runs(execute: Execute) -> None:
    ran = execute(steps("{script: 'true', condition: \"ne(variables.nobody, 'x')\"}"))
    assert "Warning: pipeline.yml:3:31: the variable 'nobody' is not defined here" in ran.shown
    assert "[condition-variable]\n" in ran.shown
    assert ran.failure == ""


@pytest.mark.parametrize(
    ("comment", "files"),
    [
        (" # ado: ignore condition-variable, somebody sets it", {}),
        ("", {"azure-pipelines/.rules.yaml": "condition-variable: off\n"}),
    ],
    ids=["ignored", "off"],
)
def test_a_rule_that_is_ignored_or_off_warns_of_nothing(comment: str, files: dict[str, str], execute: Execute) -> None:
    ran = execute(steps(f"{{script: 'true', condition: \"ne(variables.nobody, 'x')\"}}{comment}"), files)
    assert "[condition-variable]" not in ran.shown
    assert ran.failure == ""


def test_an_artifact_that_a_command_uploads_may_be_downloaded(execute: Execute) -> None:
    upload = "bash: 'echo a > f; echo \"##vso[artifact.upload artifactname=made]$PWD/f\"'"
    assert execute(steps(upload, task("DownloadPipelineArtifact@2", "artifact: made"))).failure == ""


PREDEFINED = (
    *("System.JobId", "System.StageDisplayName", "System.PhaseDisplayName", "System.DefinitionName", "System.PlanId"),
    *("Build.BuildUri", "Build.Repository.Clean", "System.Debug", "TF_BUILD", "System.JobPositionInPhase"),
)


@pytest.mark.parametrize("name", PREDEFINED)
def test_a_predefined_variable_has_a_value(name: str, execute: Execute) -> None:
    ran = execute(steps(f"script: echo '[$({name})]'"))
    assert ran.failure == ""
    shown = ran.log("__default.Job", 2).splitlines()[-1]
    assert "$" not in shown
    assert len(shown) > len("[]")


def test_the_folder_of_tools_is_there(execute: Execute) -> None:
    assert execute(steps("script: test -d $(Agent.ToolsDirectory)")).failure == ""


FILTER = "SecretsFilter: one"


@pytest.mark.parametrize(
    ("inputs", "name", "starts"),
    [
        ("", "anything", True),
        (FILTER, "one", True),
        (FILTER, "other", False),
    ],
    ids=["all-secrets", "the-secret", "another"],
)
def test_the_secrets_of_a_key_vault_are_known_after_its_task(
    inputs: str, name: str, starts: bool, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "AzureKeyVault@2", lambda _context: "")  # no run has one of its own yet
    ran = execute(steps(task("AzureKeyVault@2", inputs), f"{{script: 'true', env: {{IT: $({name})}}}}"))
    assert (ran.failure == "") is starts
    assert starts or f"$({name}) {UNDEFINED}" in ran.failure
