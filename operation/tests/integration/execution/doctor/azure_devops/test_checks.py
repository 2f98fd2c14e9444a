"""`invoke doctor --ado` against a project that has everything, and then lacks one thing."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.azure_cli import AzureCli
from operation.execution.doctor.azure_devops.checks import examine
from operation.execution.doctor.azure_devops.project import Project
from operation.execution.doctor.azure_devops.required import read_required
from operation.execution.doctor.azure_devops.rest_api import RestApi
from operation.tests.azure_cli import StandIn
from operation.tests.integration.execution.doctor.azure_devops.answers import (
    ADDRESS,
    CHECKS,
    NAMED,
    checks_of,
    connection,
    definition,
    listed,
    permissions_of,
    retention,
)

Lines = Callable[[], dict[str, str]]
CONNECTIONS = [one.name for one in read_required().service_connections]
OTHER_BRANCH = {
    **CHECKS["branch control"],
    "settings": {**CHECKS["branch control"]["settings"], "inputs": {"allowedBranches": "refs/heads/*"}},
}


@pytest.fixture
def lines(az: StandIn, capsys: pytest.CaptureFixture[str]) -> Lines:
    """Run the checks, and return what is printed for each thing."""

    def examined() -> dict[str, str]:
        with suppress(OperationError):
            examine(NAMED)
        parts = [line.split(maxsplit=3) for line in capsys.readouterr().out.splitlines()]
        return {" ".join(line[:2]): " ".join(line[2:]) for line in parts} | {
            f"service connection {line[2]}": " ".join(line[3:]) for line in parts if line[0] == "service"
        }

    return examined


def test_a_project_that_has_everything_is_ok(az: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    examine(NAMED)
    wanted, said = read_required(), capsys.readouterr().out
    things = (
        len(wanted.pipelines)
        + len(wanted.optional_pipelines)
        + len(wanted.service_connections)
        + len(wanted.environments)
        + len(["retention"])
    )
    assert said.count(" ok ") == things
    assert "Project fabrikam/Parcel delays (from --project)" in said


def test_it_asks_as_azure_devops_wants_it_and_changes_nothing(az: StandIn) -> None:
    examine(NAMED)
    for call in az.calls:
        assert call[:3] == ["rest", "--method", "get"]
        assert call[call.index("--resource") + 1] == "499b84ac-1321-427f-aa17-267ca6975798"
        assert call[call.index("--url") + 1].startswith(f"{ADDRESS}/_apis/")
        assert call[call.index("--url-parameters") + 1].startswith("api-version=7.1")


def test_a_missing_pipeline_is_reported_with_what_to_click(az: StandIn, lines: Lines) -> None:
    az.answers("build/definitions", out=listed([definition(1, "/azure-pipelines/ci.yml")]))
    said = lines()
    assert said["pipeline azure-pipelines/ci.yml"].startswith("ok")
    assert said["pipeline azure-pipelines/train.yml"].startswith("missing")
    assert f"{ADDRESS}/_build, New pipeline" in said["pipeline azure-pipelines/train.yml"]


def test_runs_that_are_not_kept_long_enough_are_reported(az: StandIn, lines: Lines) -> None:
    az.answers("build/retention", out=retention(read_required().keep_runs_days - 1))
    said = lines()["retention of"]
    assert said.startswith("runs missing  29 days. Keep them for 30: ")
    assert f"{ADDRESS}/_settings/settings, Retention policy" in said


def test_an_optional_pipeline_that_is_not_there_needs_nothing(az: StandIn, lines: Lines) -> None:
    az.answers("build/definitions", out=listed([definition(1, "azure-pipelines/train.yml")]))
    said = lines()
    assert said["pipeline azure-pipelines/infrastructure.yml"].startswith("ok not there, and optional")
    assert not [name for name in said if name.endswith("-infrastructure")]
    assert said["environment mlops-prd"].startswith("ok")


def test_a_disabled_pipeline_is_not_there(az: StandIn, lines: Lines) -> None:
    az.answers(
        "build/definitions", out=listed([{**definition(1, "azure-pipelines/ci.yml"), "queueStatus": "disabled"}])
    )
    assert "ci.yml is disabled. Enable it" in lines()["pipeline azure-pipelines/ci.yml"]


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({"authorization": {"scheme": "ServicePrincipal"}}, "It signs in by ServicePrincipal, which holds a secret."),
        ({"isReady": False}, "It is disabled or not ready."),
        ({"isDisabled": True}, "It is disabled or not ready."),
        ({"name": "another"}, "New service connection, Azure Resource Manager"),
    ],
    ids=["secret", "not-ready", "disabled", "missing"],
)
def test_an_unsuitable_service_connection_is_reported(
    change: dict[str, Any], reported: str, az: StandIn, lines: Lines
) -> None:
    others = [connection(name) for name in CONNECTIONS if name != "mlops-dev"]
    az.answers("serviceendpoint/endpoints", out=listed([{**connection("mlops-dev"), **change}, *others]))
    said = lines()
    assert said["service connection mlops-dev"].startswith("missing")
    assert reported in said["service connection mlops-dev"]
    assert said["service connection mlops-prd"].startswith("ok")


@pytest.mark.parametrize(
    ("there", "reported"),
    [
        ([], "Add exclusive lock, approvals, branch control, with refs/heads/main as the allowed branch"),
        (["approvals", "branch control"], "Add exclusive lock:"),
    ],
    ids=["none", "one"],
)
def test_a_missing_check_is_reported(there: list[str], reported: str, az: StandIn, lines: Lines) -> None:
    checks_of(az, "environment", "2", *(CHECKS[name] for name in there))
    said = lines()["environment mlops-prd"]
    assert reported in said
    assert f"{ADDRESS}/_environments/2, Approvals and checks" in said


@pytest.mark.parametrize(
    "check", [OTHER_BRANCH, {**CHECKS["branch control"], "isDisabled": True}], ids=["branch", "off"]
)
def test_a_check_that_lets_through_does_not_count(check: dict[str, Any], az: StandIn, lines: Lines) -> None:
    checks_of(az, "endpoint", "id-of-mlops-prd", check)
    assert "Add branch control" in lines()["service connection mlops-prd"]


def test_what_every_pipeline_may_use_is_reported(az: StandIn, lines: Lines) -> None:
    permissions_of(az, "environment", "1", allPipelines={"authorized": True})
    assert "Restrict it to azure-pipelines/train.yml and azure-pipelines/deploy.yml" in lines()["environment mlops-dev"]


def test_pipelines_of_another_repository_do_not_count(az: StandIn) -> None:
    project = Project("fabrikam", "Parcel delays", "parcels", "here")
    assert [one["name"] for one in RestApi(AzureCli.found(), project).pipelines()][:2] == ["ci.yml", "train.yml"]
    other = Project("fabrikam", "Parcel delays", "another", "here")
    assert RestApi(AzureCli.found(), other).pipelines() == []


@pytest.mark.parametrize(
    ("answer", "code", "reported"),
    [
        ({"err": "ERROR: Please run 'az login' to setup account.\n"}, 1, "run az login"),
        (
            {"err": 'ERROR: Unauthorized({"$id":"1","message":"TF400813: not authorized"})\n'},
            1,
            "does not know this login",
        ),
        ({"err": 'ERROR: Not Found({"$id":"1","message":"TF200016: no such project"})\n'}, 1, "come from --project"),
        ({"err": 'ERROR: Forbidden({"$id":"1","message":"Access denied"})\n'}, 1, "may not see it"),
        ({"out": "<!DOCTYPE html>\n<html><title>Azure DevOps Services | Sign In</title></html>"}, 0, "does not know"),
        ({"out": "nonsense"}, 0, "az should print a JSON object"),
        ({"out": ""}, 0, "az should print a JSON object, and printed nothing."),
        ({"out": "[]"}, 0, "az should print a JSON object, and printed []."),
        ({"out": '{"value": 5}'}, 0, 'az should print a list "value", and printed'),
        ({"out": "{}"}, 0, 'az should print a list "value", and printed {}.'),
    ],
    ids=[
        *("login", "unauthorized", "project", "forbidden", "sign-in-page", "nonsense"),
        *("empty", "list", "number", "no-value"),
    ],
)
def test_a_refusal_ends_with_one_line(answer: dict[str, Any], code: int, reported: str, az: StandIn) -> None:
    az.answers("build/definitions", code=code, **answer)
    with pytest.raises(OperationError) as caught:
        examine(NAMED)
    assert reported in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_azure_cli_it_ends_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = shutil.which("git")
    assert git
    (tmp_path / "git").symlink_to(git)  # an agent has az beside it
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationError, match="install it, and run az login"):
        examine(NAMED)
