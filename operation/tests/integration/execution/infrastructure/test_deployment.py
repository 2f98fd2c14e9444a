"""`invoke infra` calls the Azure CLI, and turns its answers into messages."""

import json
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.infrastructure.infra import run
from operation.tests.azure_cli import StandIn
from operation.tests.integration.execution.infrastructure.conftest import STORAGE


def refused(name: str) -> str:
    """Return the CLI's own words; it ends with exit code 1, or 3 for what is not found."""
    return Path(__file__).with_name("refusals").joinpath(f"{name}.txt").read_text(encoding="utf-8")


def refusal(az: StandIn, settings: list[str], plan: bool = False) -> str:
    with pytest.raises(OperationError) as caught:
        run("dev", settings, plan, yes=not plan, destroy=False)
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_it_validates_asks_what_would_change_and_deploys(
    az: StandIn, settings: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("dev", settings, plan=False, yes=True, destroy=False)
    assert [" ".join(call[:3]) for call in az.calls if call[0] == "deployment"] == [
        "deployment group validate",
        "deployment group what-if",
        "deployment group create",
    ]
    folder = tmp_path / "outputs" / "infrastructure" / "dev"
    create = az.calls[-1]
    assert create[create.index("--template-file") + 1] == str(folder / "main.json")
    assert create[create.index("--parameters") + 1] == f"@{folder / 'parameters.json'}"
    assert "Resource changes: 1 to create." in capsys.readouterr().out


def test_every_question_names_the_subscription(az: StandIn, settings: list[str]) -> None:
    run("dev", settings, plan=False, yes=True, destroy=False)
    for call in az.calls:
        assert call[call.index("--subscription") + 1] == "11111111-2222-3333-4444-555555555555"


def test_it_ends_with_what_to_do_next(az: StandIn, settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run("dev", settings, plan=False, yes=True, destroy=False)
    last = capsys.readouterr().out.splitlines()[-4:]
    assert "nothing has to be written into configuration" in last[0]
    assert "azure-pipelines/infrastructure/parameters/dev.json as pipelinePrincipalId" in last[1]
    assert "az ad sp show --id CLIENT_ID --query id --output tsv" in last[1]
    assert last[2].endswith(f'--role "Storage Blob Data Contributor" --assignee PERSON --scope {STORAGE}')
    assert last[3] == "Next      invoke setup --environment dev"


def test_the_parameters_hold_the_names_of_the_configuration(az: StandIn, settings: list[str], tmp_path: Path) -> None:
    run("dev", [*settings, "backend.workspace=mlw-other", "backend.compute.most_nodes=7"], False, True, False)
    written = json.loads(
        (tmp_path / "outputs" / "infrastructure" / "dev" / "parameters.json").read_text(encoding="utf-8")
    )
    values = {name: each["value"] for name, each in written["parameters"].items()}
    assert (values["workspaceName"], values["mostNodes"], values["name"]) == ("mlw-other", 7, "mlops-dev")


def test_the_plan_deploys_nothing(az: StandIn, settings: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run("dev", settings, plan=True, yes=False, destroy=False)
    assert not any("create" in call for call in az.calls)
    said = capsys.readouterr().out
    assert "Target    rg-mlops-dev in westeurope, subscription Our subscription, as ada@example.com" in said
    assert "Validate  Azure accepts" in said
    assert "kv-3f2a7c9d1e5b8" in said


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("login", "run az login"),
        ("expired", "run az login"),
        ("program", "not on PATH"),
        ("names", "Nothing names the workspace"),
    ],
)
def test_a_plan_without_azure_says_so_and_fails_on_an_agent(
    cause: str,
    reason: str,
    az: StandIn,
    settings: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if cause in ("login", "expired"):
        az.answers("account show", err=refused(cause), code=1)
    elif cause == "program":
        monkeypatch.setenv("PATH", str(tmp_path))
    options = settings[1:] if cause == "names" else settings
    run("dev", options, plan=True, yes=False, destroy=False)
    said = capsys.readouterr().out
    assert "mlw-mlops-dev/cpu-cluster" in said
    assert "Azure was not asked." in said
    assert reason in said.splitlines()[-1]
    monkeypatch.setenv("TF_BUILD", "True")
    with pytest.raises(OperationError, match=f"Azure was not asked, so there is nothing to approve.*{reason}"):
        run("dev", options, plan=True, yes=False, destroy=False)


@pytest.mark.parametrize(
    ("question", "name", "remedy"),
    [
        ("account show", "login", "run az login"),
        ("account show", "subscription", "Check subscription_id (11111111-"),
        ("group show", "group", "az group create --name rg-mlops-dev --location REGION"),
        ("group show", "read", "needs the role Owner, or Contributor and Role Based"),
        ("group validate", "roles", "needs the role Owner, or Contributor and Role Based"),
        ("group what-if", "quota", "A quota is too small: request more"),
        ("group create", "policy", "A policy of your organisation forbids it"),
        ("group create", "vault", "az keyvault recover --name NAME"),
        ("group create", "workspace", "keeps the name mlw-mlops-dev for 14 days: delete it permanently"),
        ("group create", "principal", "pipelinePrincipalId is the object id of the app registration"),
        ("group create", "provider", "must register the service: az provider register"),
        ("group create", "other", "(BadGateway) The gateway is unwell."),
    ],
)
def test_a_refusal_is_one_line_with_its_remedy(
    question: str, name: str, remedy: str, az: StandIn, settings: list[str]
) -> None:
    az.answers(question, err=refused(name), code=1)
    assert remedy in refusal(az, settings)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("quota", "SubscriptionIsOverQuotaForSku: Operation cannot be completed"),
        ("policy", "RequestDisallowedByPolicy: Resource 'st3f2a' was disallowed by policy."),
        ("vault", "ConflictError: A vault with the same name already exists"),
    ],
)
def test_the_innermost_message_of_a_failed_deployment_is_shown(
    name: str, words: str, az: StandIn, settings: list[str]
) -> None:
    az.answers("group create", err=refused(name), code=1)
    assert f"(az says: {words}" in refusal(az, settings)


def test_the_plan_fails_where_azure_was_asked_and_refuses(az: StandIn, settings: list[str]) -> None:
    az.answers("group show", err=refused("group"), code=3)
    assert "az group create" in refusal(az, settings, plan=True)


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        ("account show", "", "Cannot see the subscription: az should print a JSON object, and printed nothing."),
        ("account show", "[]", "az should print a JSON object, and printed []."),
        ("account show", "5", "az should print a JSON object, and printed 5."),
        ("account show", "[" * 200_000, "az should print a JSON object, and printed [["),
        ("account show", '{"name": "Ours", "user": 5}', "Cannot see the subscription: az's answer has no user.name."),
        ("group show", "{}", "Cannot see the resource group rg-mlops-dev: az's answer has no location."),
        ("group create", "", "Cannot deploy: az should print a JSON object, and printed nothing."),
        ("group create", "{}", "az's answer has no properties.outputs.storageId.value."),
    ],
    ids=["empty", "list", "number", "nested", "user", "location", "no-deployment", "no-output"],
)
def test_an_answer_of_another_form_is_one_line(
    question: str, answer: str, shown: str, az: StandIn, settings: list[str]
) -> None:
    az.answers(question, out=answer)
    said = refusal(az, settings)
    assert shown in said
    assert len(said) < 600


def test_an_az_that_does_not_start_is_named(az: StandIn, settings: list[str]) -> None:
    (az.folder / "az").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    assert "az cannot be started" in refusal(az, settings)


def test_without_a_terminal_it_deploys_only_after_yes(az: StandIn, settings: list[str]) -> None:
    with pytest.raises(OperationError, match="nobody can answer here: add --yes or --plan"):
        run("dev", settings, plan=False, yes=False, destroy=False)
    assert az.calls == []


@pytest.mark.parametrize("environment", ["local", "emulator"])
def test_an_environment_without_azure_is_refused(environment: str) -> None:
    with pytest.raises(OperationError, match=r"needs nothing in Azure\. Choose --environment: dev, prd"):
        run(environment, [], plan=True, yes=False, destroy=False)


@pytest.mark.parametrize(("plan", "yes", "destroy"), [(True, True, False), (True, False, True), (False, True, True)])
def test_flags_that_contradict_each_other_are_refused(plan: bool, yes: bool, destroy: bool) -> None:
    with pytest.raises(OperationError, match=r"--plan|--yes"):
        run("dev", [], plan, yes, destroy)
